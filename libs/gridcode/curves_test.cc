// Golden vectors, worked out from the figures of the tables by hand.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "libs/gridcode/curve.h"
#include "libs/gridcode/droop.h"
#include "libs/gridcode/power_factor.h"
#include "libs/gridcode/testing/samples.h"
#include "libs/gridcode/volt_var.h"
#include "libs/gridcode/volt_watt.h"
#include "libs/gridcode/watt_var.h"

namespace derms::gridcode {
namespace {

using testing::Ieee1547;
using testing::PlateOf;
using testing::StorageOf;

constexpr double kPrinted = 5e-4;  // half of the last digit

Settings DefaultsOf(NormalCategory normal) {
  return Ieee1547().Defaults(StorageOf(normal, AbnormalCategory::kIII));
}

TEST(Curve, IsLevelBeyondItsEndsAndJumpsWhereTwoPointsShareAnX) {
  const CurvePoint points[] = {{1, 10}, {2, 20}, {2, 30}, {3, 40}};
  EXPECT_EQ(Interpolate(points, 0), 10);
  EXPECT_EQ(Interpolate(points, 1.5), 15);
  EXPECT_EQ(Interpolate(points, 2), 20);
  EXPECT_EQ(Interpolate(points, 2.5), 35);
  EXPECT_EQ(Interpolate(points, 9), 40);
  EXPECT_TRUE(std::isnan(Interpolate(points, std::nan(""))));
}

TEST(VoltVar, GoldenVectorsOfBothCategories) {
  struct Row {
    double v_pu, a_pu, b_pu;
  };
  const Settings a = DefaultsOf(NormalCategory::kA), b = DefaultsOf(NormalCategory::kB);
  for (const Row row : {Row{0.90, 0.25, 0.44},
                        {0.93, 0.175, 0.3667},
                        {0.95, 0.125, 0.22},
                        {0.98, 0.05, 0},
                        {1, 0, 0},
                        {1.05, -0.125, -0.22},
                        {1.08, -0.20, -0.44},
                        {1.10, -0.25, -0.44}}) {
    EXPECT_NEAR(VoltVarQ(a.volt_var, row.v_pu), row.a_pu, kPrinted) << row.v_pu;
    EXPECT_NEAR(VoltVarQ(b.volt_var, row.v_pu), row.b_pu, kPrinted) << row.v_pu;
  }
}

TEST(VoltVar, MovesWithItsReference) {
  VoltVar settings = DefaultsOf(NormalCategory::kB).volt_var;
  settings.v_ref_pu = 1.03;
  EXPECT_NEAR(VoltVarQ(settings, 1.08), -0.22, 1e-12) << "as 1.05 with a reference of 1";
  EXPECT_NEAR(VoltVarQ(settings, 1.08, 0.97), -0.44, 1e-12);
}

TEST(VoltWatt, GoldenVectors) {
  Settings settings = DefaultsOf(NormalCategory::kB);
  EXPECT_EQ(settings.volt_watt.p2_pu, 0) << "storage";
  for (const auto& [v_pu, limit_pu] :
       std::vector<std::pair<double, double>>{{1.06, 1}, {1.08, 0.5}, {1.09, 0.25}, {1.10, 0}}) {
    EXPECT_NEAR(VoltWattLimit(settings.volt_watt, v_pu), limit_pu, kPrinted) << v_pu;
  }
  settings.volt_watt.p2_pu = 0.2;
  for (const auto& [v_pu, limit_pu] :
       std::vector<std::pair<double, double>>{{1.06, 1}, {1.08, 0.6}, {1.09, 0.4}, {1.10, 0.2}}) {
    EXPECT_NEAR(VoltWattLimit(settings.volt_watt, v_pu), limit_pu, kPrinted) << v_pu;
  }
}

TEST(WattVar, GoldenVectorsOfBothCategories) {
  struct Row {
    double p_pu, b_pu, a_pu;
  };
  const WattVar a = DefaultsOf(NormalCategory::kA).watt_var, b = DefaultsOf(NormalCategory::kB).watt_var;
  for (const Row row :
       {Row{0.75, -0.22, -0.125}, {1, -0.44, -0.25}, {-0.75, 0.22, 0.125}, {-1, 0.44, 0.25}, {0, 0, 0}}) {
    EXPECT_NEAR(WattVarQ(b, row.p_pu), row.b_pu, kPrinted) << row.p_pu;
    EXPECT_NEAR(WattVarQ(a, row.p_pu), row.a_pu, kPrinted) << row.p_pu;
  }
}

TEST(Droop, GoldenVectors) {
  const Droop droop = DefaultsOf(NormalCategory::kB).droop;
  for (const auto& [f_hz, change_pu] : std::vector<std::pair<double, double>>{{59.0, 0.3213},
                                                                              {59.5, 0.1547},
                                                                              {59.9, 0.0213},
                                                                              {59.964, 0},
                                                                              {60, 0},
                                                                              {60.036, 0},
                                                                              {60.1, -0.0213},
                                                                              {60.3, -0.088},
                                                                              {60.5, -0.1547},
                                                                              {61.0, -0.3213}}) {
    EXPECT_NEAR(DroopChange(droop, 60, f_hz), change_pu, kPrinted) << f_hz;
  }
}

TEST(Droop, ChangesThePowerBeforeTheDisturbanceWithinWhatThereIs) {
  EXPECT_NEAR(DroopPower(0.8, -0.3, 0, 1), 0.5, 1e-12);
  EXPECT_EQ(DroopPower(0.2, -0.3, 0.1, 1), 0.1) << "not below the least output";
  EXPECT_EQ(DroopPower(0.05, -0.3, 0.1, 1), 0.05) << "and never up to it";
  EXPECT_EQ(DroopPower(0.8, 0.3, 0, 0.9), 0.9) << "not above what is available";
  EXPECT_NEAR(DroopPower(-0.5, 0.3, -1, 1), -0.2, 1e-12) << "a charging store charges less";
}

TEST(ConstantPf, IsTheTangentOfItsAngle) {
  EXPECT_NEAR(ReactivePerActive({true, false, 0.9}), std::tan(std::acos(0.9)), 1e-12);
  EXPECT_NEAR(ReactivePerActive({true, true, 0.9}), -0.484322, 1e-6);
  EXPECT_EQ(ReactivePerActive({true, false, 1}), 0);
}

}  // namespace
}  // namespace derms::gridcode
