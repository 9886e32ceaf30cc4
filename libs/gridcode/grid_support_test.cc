#include "libs/gridcode/grid_support.h"

#include <gtest/gtest.h>

#include <cmath>

#include "libs/gridcode/testing/samples.h"

namespace derms::gridcode {
namespace {

using testing::Ieee1547;
using testing::PlateOf;
using testing::StorageOf;

class GridSupportTest : public ::testing::Test {
 protected:
  GridSupport At(const GridPoint& point) const { return EvaluatePoint({Ieee1547(), plate_, settings_}, point); }
  std::vector<GridSupport> Over(const std::vector<GridSample>& samples, const SeriesOptions& options = {}) const {
    return EvaluateSeries({Ieee1547(), plate_, settings_}, samples, options);
  }
  // 100 kW, 100 kVA, 44 kvar
  Nameplate plate_ = StorageOf(NormalCategory::kB, AbnormalCategory::kIII);
  Settings settings_ = Ieee1547().Defaults(plate_);
};

TEST_F(GridSupportTest, InQuietTimesItGivesWhatItHasAtUnityPowerFactor) {
  const GridSupport answer = At({1, 60, 70});
  EXPECT_EQ(answer.p_kw, 70);
  EXPECT_EQ(answer.q_kvar, 0);
  EXPECT_EQ(answer.cause, PowerCause::kOperating);
  EXPECT_EQ(answer.mode, ReactiveMode::kNone);
}

TEST_F(GridSupportTest, VoltVarTakesItsPartOfTheCircle) {
  settings_.volt_var.enabled = true;
  const GridSupport answer = At({1.08, 60, 100});
  EXPECT_NEAR(answer.q_kvar, -44, 1e-9);
  EXPECT_NEAR(answer.p_kw, 100 * std::sqrt(1 - 0.44 * 0.44), 1e-9);
  EXPECT_EQ(answer.cause, PowerCause::kCapability);
  EXPECT_NEAR(At({0.95, 60, 50}).q_kvar, 22, 1e-9);
}

TEST_F(GridSupportTest, AReferenceThatFollowedTheVoltageLeavesNothingToDo) {
  settings_.volt_var.enabled = settings_.volt_var.track_v_ref = true;
  EXPECT_NEAR(At({1.04, 60, 50}).q_kvar, 0, 1e-9);
  EXPECT_NEAR(At({1.10, 60, 50}).q_kvar, -22, 1e-9) << "the reference stops at 1.05";
}

TEST_F(GridSupportTest, ConstantPowerFactorKeepsItUnderTheCircle) {
  settings_.constant_pf = {true, true, 0.95};
  const GridSupport answer = At({1, 60, 100});
  EXPECT_NEAR(answer.p_kw, 95, 1e-9);
  EXPECT_NEAR(answer.q_kvar, -100 * std::sqrt(1 - 0.95 * 0.95), 1e-9);
  EXPECT_NEAR(At({1, 60, 50}).q_kvar, -50 * std::tan(std::acos(0.95)), 1e-9);
}

TEST_F(GridSupportTest, ConstantReactiveAndWattVar) {
  settings_.constant_q = {true, -0.3};
  EXPECT_NEAR(At({1, 60, 10}).q_kvar, -30, 1e-9);
  settings_.constant_q.enabled = false;
  settings_.watt_var.enabled = true;
  EXPECT_NEAR(At({1, 60, 75}).q_kvar, -22, 1e-9);
  EXPECT_NEAR(At({1, 60, 100, -75}).q_kvar, 22, 1e-9) << "while charging";
}

TEST_F(GridSupportTest, OfDroopVoltWattAndLimitTheLeastHolds) {
  settings_.volt_watt.enabled = true;
  GridSupport answer = At({1.08, 60.5, 100});
  EXPECT_NEAR(answer.p_kw, 50, 1e-9);
  EXPECT_EQ(answer.cause, PowerCause::kVoltWatt);
  EXPECT_NEAR(answer.droop_pu, -0.1547, 5e-5);
  answer = At({1.0, 60.5, 100});
  EXPECT_NEAR(answer.p_kw, 84.53, 5e-3);
  EXPECT_EQ(answer.cause, PowerCause::kDroop);
  settings_.power_limit = {true, 0.4};
  answer = At({1.08, 59.5, 100});
  EXPECT_NEAR(answer.p_kw, 40, 1e-9);
  EXPECT_EQ(answer.cause, PowerCause::kPowerLimit);
}

TEST_F(GridSupportTest, LowFrequencyUsesTheHeadroom) {
  EXPECT_NEAR(At({1, 59.5, 100, 60}).p_kw, 75.47, 5e-3);
  EXPECT_NEAR(At({1, 59.5, 70, 60}).p_kw, 70, 1e-9) << "what is available";
  EXPECT_NEAR(At({1, 59.5, 100}).p_kw, 100, 1e-9) << "no headroom";
  EXPECT_NEAR(At({1, 59.5, 100, -80}).p_kw, -64.53, 5e-3) << "charges less";
}

TEST_F(GridSupportTest, ConfiguredRatingsAreTheBase) {
  settings_.ratings.p_max_kw = 50;
  EXPECT_EQ(At({1, 60, 100}).p_kw, 50);
  settings_.volt_watt.enabled = true;
  EXPECT_NEAR(At({1.08, 60, 100}).p_kw, 25, 1e-9);
}

TEST_F(GridSupportTest, ReactivePowerFollowsAStepWithTheOpenLoopResponse) {
  settings_.volt_var.enabled = true;
  std::vector<GridSample> samples = {{0, {1, 60, 50}}};
  for (int i = 1; i <= 60; ++i) samples.push_back({i * 0.1, {1.05, 60, 50}});
  const auto answers = Over(samples);
  EXPECT_EQ(answers[0].q_kvar, 0);
  EXPECT_NEAR(answers[50].q_kvar, 0.9 * -22, 1e-6) << "5 s after the step";
  EXPECT_LT(answers[60].q_kvar, answers[50].q_kvar);
}

TEST_F(GridSupportTest, ASeriesGoesThroughCessationTripAndRamp) {
  settings_.volt_var.enabled = true;
  const auto answers = Over({{0, {1, 60, 80}},
                             {1, {0.3, 60, 80}},
                             {1.5, {0.95, 60, 80}},
                             {2.0, {0.95, 60, 80}},
                             {10, {0.3, 60, 80}},
                             {13, {1, 60, 80}},
                             {313, {1, 60, 80}},
                             {388, {1, 60, 80}},
                             {700, {1, 60, 80}}});
  EXPECT_EQ(answers[0].p_kw, 80);
  EXPECT_EQ(answers[1].p_kw, 0);
  EXPECT_EQ(answers[1].state.operation, Operation::kMomentaryCessation);
  EXPECT_EQ(answers[1].cause, PowerCause::kState);
  EXPECT_EQ(answers[2].p_kw, 0) << "returns within 0.4 s";
  EXPECT_EQ(answers[3].p_kw, 80);
  EXPECT_GT(answers[3].q_kvar, 0) << "helps the low voltage again";
  EXPECT_EQ(answers[5].state.tripped_by, "UV2") << "0.3 for 2 s";
  EXPECT_NEAR(*answers[5].state.tripped_s, 12, 1e-9);
  EXPECT_EQ(answers[5].p_kw, 0);
  EXPECT_EQ(answers[6].state.operation, Operation::kEntering);
  EXPECT_NEAR(answers[7].p_kw, 100 * 75.0 / 300, 100.0 / 300 + 1e-9);
  EXPECT_EQ(answers[8].p_kw, 80);
}

// Whatever happens: no NaN, never outside the ratings, nothing while off.
TEST_F(GridSupportTest, NeverLeavesTheRatings) {
  settings_.volt_watt.enabled = settings_.volt_var.enabled = true;
  for (const bool watt_priority : {false, true}) {
    settings_.watt_priority = watt_priority;
    for (double v_pu = 0.2; v_pu < 1.3; v_pu += 0.013) {
      for (double f_hz = 55; f_hz < 66; f_hz += 0.37) {
        for (const double kw : {-100.0, -30.0, 0.0, 55.0, 100.0, 140.0}) {
          const auto answers =
              Over({{0, {v_pu, f_hz, 100, kw}}, {5, {v_pu, f_hz, 100, kw}}, {50, {v_pu, f_hz, 100, kw}}});
          for (const GridSupport& answer : answers) {
            EXPECT_LE(std::hypot(answer.p_kw, answer.q_kvar), 100 + 1e-9);
            EXPECT_LE(std::abs(answer.q_kvar), 44 + 1e-9);
            EXPECT_TRUE(answer.state.energised || answer.p_kw == 0);
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace derms::gridcode
