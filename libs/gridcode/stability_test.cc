#include "libs/gridcode/stability.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "libs/gridcode/testing/samples.h"

namespace derms::gridcode {
namespace {

using testing::Ieee1547;

constexpr Categories kB3{NormalCategory::kB, AbnormalCategory::kIII};
constexpr RespondingRatings kFleet{1000, 500};

const StabilityCurves& Curves() {
  static const StabilityCurves curves(Ieee1547(), kB3);
  return curves;
}

GridConditions Around(double low_hz, double high_hz, double low_v = 1, double high_v = 1) {
  return {low_hz, high_hz, low_v, high_v};
}
SupportNeed Need(const GridConditions& conditions) {
  return Curves().NeedOf(conditions, kFleet);
}

TEST(SupportNeed, IsNothingAtNominal) {
  const SupportNeed need = Need(GridConditions::Nominal(60));
  EXPECT_EQ(need.headroom_up_kw, 0);
  EXPECT_EQ(need.headroom_down_kw, 0);
  EXPECT_EQ(need.inject_kvar, 0);
  EXPECT_EQ(need.absorb_kvar, 0);
}

// Shares as in the published figures of the default droop and volt-var curves.
TEST(SupportNeed, IsWhatTheCurvesDoAtTheWorst) {
  const SupportNeed need = Need(Around(59.5, 60.3, 0.95, 1.05));
  EXPECT_NEAR(need.headroom_up_kw, 154.7, 0.05);
  EXPECT_NEAR(need.headroom_down_kw, 88.0, 0.05);
  EXPECT_NEAR(need.inject_kvar, 500 * 0.22, 1e-9);
  EXPECT_NEAR(need.absorb_kvar, 500 * 0.22, 1e-9);
  EXPECT_EQ(Need(Around(50, 70)).headroom_up_kw, 1000) << "no more than there is";
}

TEST(SupportNeed, GrowsWithTheDistance) {
  SupportNeed before;
  for (int step = 0; step <= 100; ++step) {
    const double off = step / 100.0;
    const SupportNeed need = Need(Around(60 - off, 60 + off, 1 - off / 10, 1 + off / 10));
    EXPECT_GE(need.headroom_up_kw, before.headroom_up_kw);
    EXPECT_GE(need.headroom_down_kw, before.headroom_down_kw);
    EXPECT_GE(need.inject_kvar, before.inject_kvar);
    EXPECT_GE(need.absorb_kvar, before.absorb_kvar);
    before = need;
  }
}

TEST(ActiveShare, IsWhatTheCircleLeaves) {
  EXPECT_DOUBLE_EQ(ActiveShareBeside(0, 100), 1);
  EXPECT_DOUBLE_EQ(ActiveShareBeside(60, 100), 0.8);
  EXPECT_DOUBLE_EQ(ActiveShareBeside(-60, 100), 0.8);
  EXPECT_DOUBLE_EQ(ActiveShareBeside(200, 100), 0);
  EXPECT_DOUBLE_EQ(ActiveShareBeside(5, 0), 1) << "no inverter";
}

TEST(Conditions, TakeTheWorseOfEach) {
  GridConditions conditions = Around(59.9, 60.1, 0.98, 1.01);
  conditions.Include(Around(59.95, 60.2, 0.97, 1.0));
  EXPECT_EQ(conditions.lowest_hz, 59.9);
  EXPECT_EQ(conditions.highest_hz, 60.2);
  EXPECT_EQ(conditions.lowest_v_pu, 0.97);
  EXPECT_EQ(conditions.highest_v_pu, 1.01);
}

TEST(Margins, GoFromTheDeadBandToTheEdgeOfTheContinuousRange) {
  const auto frequency = [](double low, double high) { return Curves().FrequencyMargin(Around(low, high)); };
  EXPECT_EQ(frequency(59.964, 60.036), 1);
  EXPECT_NEAR(frequency((59.964 + 58.8) / 2, 60), 0.5, 1e-9);
  EXPECT_EQ(frequency(58.8, 60), 0);
  EXPECT_EQ(frequency(60, 61.5), 0);
  const auto voltage = [](double low, double high) { return Curves().VoltageMargin(Around(60, 60, low, high)); };
  EXPECT_EQ(voltage(0.98, 1.02), 1);
  EXPECT_NEAR(voltage(0.93, 1), 0.5, 1e-9);
  EXPECT_NEAR(voltage(1, 1.06), 0.5, 1e-9);
  EXPECT_EQ(voltage(0.88, 1), 0);
}

TEST(Margins, NeverRiseWhenTheGridGetsWorse) {
  double frequency = 1, voltage = 1;
  for (int step = 0; step <= 300; ++step) {
    const double off = step / 100.0;
    const GridConditions low = Around(60 - off, 60, 1 - off / 10), high = Around(60, 60 + off, 1, 1 + off / 10);
    const double f = std::max(Curves().FrequencyMargin(low), Curves().FrequencyMargin(high));
    const double v = std::max(Curves().VoltageMargin(low), Curves().VoltageMargin(high));
    EXPECT_LE(f, frequency);
    EXPECT_LE(v, voltage);
    frequency = f;
    voltage = v;
  }
  EXPECT_EQ(frequency, 0);
  EXPECT_EQ(voltage, 0);
}

TEST(Margins, OfSupplyAreFullAtTwiceTheNeed) {
  EXPECT_EQ(SupplyMargin(0, 10), 0);
  EXPECT_EQ(SupplyMargin(10, 10), 0.5);
  EXPECT_EQ(SupplyMargin(25, 10), 1);
  EXPECT_EQ(SupplyMargin(0, 0), 1);
}

TEST(StabilityScore, GoesFromOneToTen) {
  EXPECT_EQ(GridStabilityScore({1, 1, 1, 1}), 10);
  EXPECT_EQ(GridStabilityScore({0, 0, 0, 0}), 1);
  EXPECT_EQ(GridStabilityScore({0, 1, 1, 1}), 4) << "one that has gone is not made up for by the others";
  EXPECT_EQ(GridStabilityScore({std::nan(""), std::nan(""), std::nan(""), std::nan("")}), 1);
  EXPECT_EQ(GridStabilityScore({7, 7, 7, 7}), 10);
}

TEST(StabilityScore, NeverFallsWhenAMarginRises) {
  std::mt19937 random(3);
  std::uniform_real_distribution<double> unit(-0.1, 1.1);
  for (int i = 0; i < 20'000; ++i) {
    StabilityMargins worse{unit(random), unit(random), unit(random), unit(random)}, better = worse;
    double* const raised[] = {&better.frequency, &better.voltage, &better.reserve, &better.ramp};
    *raised[i % 4] += std::abs(unit(random));
    EXPECT_GE(GridStabilityScore(better), GridStabilityScore(worse));
  }
}

}  // namespace
}  // namespace derms::gridcode
