// What holds for every category and for settings anywhere in their ranges.
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "libs/gridcode/findings.h"
#include "libs/gridcode/rules.h"
#include "libs/gridcode/setting_table.h"
#include "libs/gridcode/testing/samples.h"
#include "libs/gridcode/volt_var.h"
#include "libs/gridcode/volt_watt.h"
#include "libs/gridcode/watt_var.h"

namespace derms::gridcode {
namespace {

using testing::Ieee1547;

std::string Words(const std::vector<Finding>& findings) {
  std::string words;
  for (const Finding& finding : findings) words += Sentence(finding) + "\n";
  return words;
}

template <typename Visit>
void ForEveryPlate(Visit visit) {
  for (const NormalCategory normal : testing::kNormals) {
    for (const AbnormalCategory abnormal : testing::kAbnormals) {
      for (const bool storage : {false, true}) {
        for (const double p_min_pu : {0.0, 0.1, 0.3, 0.5, 0.7, 0.9}) {
          for (const double kva : {0.1, 33.3, 500.0, 30000.0}) {
            Nameplate plate = storage ? testing::StorageOf(normal, abnormal) : testing::PlateOf(normal, abnormal);
            for (double* rating : {&plate.p_max_kw, &plate.s_max_kva, &plate.q_inject_kvar, &plate.q_absorb_kvar,
                                   &plate.p_charge_kw, &plate.s_charge_kva}) {
              *rating *= kva / 100;
            }
            plate.p_min_pu = storage ? 0 : p_min_pu;
            visit(plate);
          }
        }
      }
    }
  }
}

TEST(RuleProperties, TheDefaultsOfEveryCategoryPassEveryRule) {
  for (const std::string& id : testing::Shelf().ids()) {
    const Profile& profile = **testing::Shelf().Find(id);
    ForEveryPlate([&](const Nameplate& plate) {
      EXPECT_EQ(Words(CheckNameplate(plate, profile, true)), "");
      Settings settings = profile.Defaults(plate);
      EXPECT_EQ(Words(CheckSettings(settings, plate, profile)), "") << id;
      settings.volt_var.enabled = settings.volt_watt.enabled = settings.power_limit.enabled = true;
      EXPECT_EQ(Words(CheckSettings(settings, plate, profile)), "") << "with functions on";
    });
  }
}

TEST(RuleProperties, ASynchronousMachineWithoutReactivePowerHasDefaultsToo) {
  Nameplate plate = testing::PlateOf(NormalCategory::kA, AbnormalCategory::kI);
  plate.q_inject_kvar = plate.q_absorb_kvar = 0;
  EXPECT_EQ(Words(CheckNameplate(plate, Ieee1547(), false)), "");
  EXPECT_EQ(Words(CheckSettings(Ieee1547().Defaults(plate), plate, Ieee1547())), "");
}

// One number at a time, just inside and just outside its range: inside no finding names it by its range rule, outside
// one does.
TEST(RuleProperties, EveryRangeIsHeldAtBothEnds) {
  for (const NormalCategory normal : testing::kNormals) {
    for (const AbnormalCategory abnormal : testing::kAbnormals) {
      const Nameplate plate = testing::StorageOf(normal, abnormal);
      for (const auto& number : SettingNumbers()) {
        if (number.name.substr(0, 8) == "ratings.") continue;
        const Range& range = Ieee1547().Setting(number.name, plate.categories());
        for (const double beyond : {range.min - 1e-6, range.max + 1e-6}) {
          if (!std::isfinite(beyond)) continue;
          Settings settings = Ieee1547().Defaults(plate);
          number.in(settings) = beyond;
          const std::string words = Words(CheckSettings(settings, plate, Ieee1547()));
          EXPECT_NE(words.find(std::string("settings.") + std::string(number.name) + " is"), std::string::npos)
              << number.name;
        }
        Settings settings = Ieee1547().Defaults(plate);
        number.in(settings) = std::nan("");
        EXPECT_FALSE(CheckSettings(settings, plate, Ieee1547()).empty()) << number.name;
      }
    }
  }
}

// Curves at random within the rules: outputs stay within the ends of the curve and never rise with voltage or power.
TEST(RuleProperties, CurvesThatPassAreMonotoneAndBounded) {
  std::mt19937 random(1547);
  const Nameplate plate = testing::StorageOf(NormalCategory::kB, AbnormalCategory::kIII);
  const auto between = [&random](double low, double high) {
    return std::uniform_real_distribution<double>(low, high)(random);
  };
  for (int i = 0; i < 2000; ++i) {
    Settings s = Ieee1547().Defaults(plate);
    VoltVar& qv = s.volt_var;
    testing::DrawCurve(between, qv);
    VoltWatt& pv = s.volt_watt;
    pv.v1_pu = between(1.05, 1.09);
    pv.v2_pu = between(pv.v1_pu + 0.01, 1.10);
    pv.p2_pu = between(0, pv.p1_pu);
    ASSERT_EQ(Words(CheckSettings(s, plate, Ieee1547())), "");
    double last_q = qv.q1_pu, last_p = pv.p1_pu;
    for (double v_pu = 0.7; v_pu < 1.3; v_pu += 0.003) {
      const double q = VoltVarQ(qv, v_pu), p = VoltWattLimit(pv, v_pu);
      EXPECT_LE(q, last_q + 1e-12);
      EXPECT_GE(q, qv.q4_pu - 1e-12);
      EXPECT_LE(p, last_p + 1e-12);
      EXPECT_GE(p, pv.p2_pu - 1e-12);
      last_q = q;
      last_p = p;
    }
  }
}

}  // namespace
}  // namespace derms::gridcode
