#include "tests/sim/grid_device.h"

#include <gtest/gtest.h>

#include <cmath>

#include "libs/gridcode/given_settings.h"
#include "libs/gridcode/profile_shelf.h"
#include "libs/gridcode/rules.h"
#include "libs/wire/convert_grid.h"

namespace derms::sim {
namespace {

constexpr double kKw = 100;

const gridcode::ProfileShelf& Profiles() {
  static const gridcode::ProfileShelf shelf;
  return shelf;
}

GridDevice Made(v1::DerType type) {
  GridDevice device;
  device.profile = &Profiles().Default();
  device.nameplate = wire::FromProto(MadeUpNameplate(type, kKw));
  device.settings = gridcode::WithGiven(device.profile->Defaults(device.nameplate), wire::FromProto(MadeUpSettings()));
  return device;
}

TEST(GridAt, DriftsSmoothlyWithinWhatAFeederMayHave) {
  double before = 0;
  for (int second = 0; second < 7200; second += 10) {
    const GridState grid = GridAt(7, "NORTH", "A", 60, absl::FromUnixSeconds(second));
    EXPECT_NEAR(grid.v_pu, 1, 0.05);
    EXPECT_NEAR(grid.f_hz, 60, 0.017) << "within every dead band of droop";
    if (second > 0) {
      EXPECT_LT(std::abs(grid.v_pu - before), 0.005);
    }
    before = grid.v_pu;
  }
}

TEST(GridAt, IsAMatterOfTheSeedAndThePlace) {
  const auto at = [](std::uint64_t seed, const char* der_id) {
    return GridAt(seed, "NORTH", der_id, 60, absl::FromUnixSeconds(1000)).v_pu;
  };
  EXPECT_EQ(at(1, "A"), at(1, "A"));
  EXPECT_NE(at(1, "A"), at(1, "B"));
  EXPECT_NE(at(1, "A"), at(2, "A"));
}

TEST(GridDevice, AnswersTheVoltageByItsCurve) {
  const GridDevice device = Made(v1::DER_TYPE_SOLAR);
  const double s_kva = device.nameplate.s_max_kva;
  EXPECT_NEAR(device.ReactivePower({0.95, 60}, 80, false), 0.22 * s_kva, 1e-6);  // IEEE 1547-2018, category B
  EXPECT_NEAR(device.ReactivePower({1.0, 60}, 80, false), 0, 1e-9);
  EXPECT_NEAR(device.ReactivePower({1.05, 60}, 80, false), -0.22 * s_kva, 1e-6);
  EXPECT_NEAR(device.ReactivePower({1.05, 60}, 100, false), -0.22 * s_kva, 1e-6) << "also beside all its power";
}

TEST(GridDevice, OneThatIsStuckDoesNot) {
  const GridDevice device = Made(v1::DER_TYPE_SOLAR);
  EXPECT_EQ(device.ReactivePower({1.05, 60}, 80, true), device.nameplate.q_inject_kvar);
}

TEST(MadeUpNameplate, PassesTheRulesWithTheMadeUpSettings) {
  for (const v1::DerType type : {v1::DER_TYPE_SOLAR, v1::DER_TYPE_WIND, v1::DER_TYPE_BATTERY, v1::DER_TYPE_HYDRO,
                                 v1::DER_TYPE_GEOTHERMAL, v1::DER_TYPE_FUEL_CELL}) {
    const GridDevice device = Made(type);
    const bool inverter = type != v1::DER_TYPE_HYDRO && type != v1::DER_TYPE_GEOTHERMAL;
    for (const auto& finding : gridcode::CheckNameplate(device.nameplate, *device.profile, inverter)) {
      ADD_FAILURE() << v1::DerType_Name(type) << ": " << Sentence(finding);
    }
    for (const auto& finding : gridcode::CheckSettings(device.settings, device.nameplate, *device.profile)) {
      ADD_FAILURE() << v1::DerType_Name(type) << ": " << Sentence(finding);
    }
  }
}

}  // namespace
}  // namespace derms::sim
