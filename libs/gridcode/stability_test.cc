#include "libs/gridcode/stability.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <random>
#include <utility>
#include <vector>

#include "libs/gridcode/testing/samples.h"

namespace derms::gridcode {
namespace {

using testing::Ieee1547;

constexpr Categories kB3{NormalCategory::kB, AbnormalCategory::kIII};
constexpr RespondingRatings kFleet{1000, 1000, 500};

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

// As adopted by a DER of the categories B and III.
StabilityCurves Told(const std::function<void(Settings&)>& change, const Profile& profile = Ieee1547()) {
  Settings settings = profile.Defaults(testing::PlateOf(kB3.normal, kB3.abnormal));
  settings.volt_var.enabled = true;
  change(settings);
  return {profile, kB3, settings};
}

TEST(SupportNeed, FollowsWhatADerWasTold) {
  const GridConditions low = Around(59.5, 60.3, 0.95, 1.05);
  const auto need = [&](const std::function<void(Settings&)>& change) { return Told(change).NeedOf(low, kFleet); };
  EXPECT_EQ(need([](Settings&) {}).headroom_up_kw, Need(low).headroom_up_kw) << "told the defaults";
  EXPECT_EQ(need([](Settings&) {}).absorb_kvar, Need(low).absorb_kvar);
  EXPECT_NEAR(need([](Settings& s) { s.droop.k_uf = 0.02; }).headroom_up_kw, 1000 * 0.464 / (60 * 0.02), 1e-9);
  EXPECT_NEAR(need([](Settings& s) { s.droop.db_uf_hz = 0.2; }).headroom_up_kw, 1000 * 0.3 / (60 * 0.05), 1e-9);
  EXPECT_NEAR(need([](Settings& s) { s.droop.k_of = 0.02; }).headroom_down_kw, 1000 * 0.264 / (60 * 0.02), 1e-9);
  EXPECT_NEAR(need([](Settings& s) { s.volt_var.q1_pu = 0.2; }).inject_kvar, 500 * 0.1, 1e-9);
  EXPECT_NEAR(need([](Settings& s) { s.volt_var.v_ref_pu = 0.95; }).inject_kvar, 0, 1e-9) << "the curve moves with it";
}

TEST(SupportNeed, WhatIsOffAsksForNothing) {
  const GridConditions low = Around(59.5, 60.3, 0.95, 1.05);
  EXPECT_EQ(Told([](Settings& s) { s.droop.enabled = false; }).NeedOf(low, kFleet).headroom_up_kw, 0);
  EXPECT_EQ(Told([](Settings& s) { s.droop.enabled = false; }).NeedOf(low, kFleet).headroom_down_kw, 0);
  const auto other_mode = [](Settings& s) {
    s.volt_var.enabled = false;
    s.constant_q.enabled = true;
  };
  EXPECT_EQ(Told(other_mode).NeedOf(low, kFleet).inject_kvar, 0);
  EXPECT_EQ(Told(other_mode).NeedOf(low, kFleet).absorb_kvar, 0);
  EXPECT_GT(Told(other_mode).NeedOf(low, kFleet).headroom_up_kw, 0);
}

TEST(SupportNeed, IsOfTheFrequencyOfTheProfile) {
  ProfileShelf shelf;
  ASSERT_TRUE(shelf
                  .Add("row,category,name,value,min,max,slope,source\nprofile,all,id,50,,,,\n"
                       "profile,all,based_on,IEEE1547-2018,,,,\nfigure,all,nominal_hz,50,,,,\n"
                       "frequency_band,all,continuous,,49,51,,\n")
                  .ok());
  const StabilityCurves curves(**shelf.Find("50"), kB3);
  EXPECT_EQ(curves.nominal_hz(), 50);
  EXPECT_EQ(curves.NeedOf(GridConditions::Nominal(50), kFleet).headroom_up_kw, 0);
  EXPECT_NEAR(curves.NeedOf(Around(49.5, 50), kFleet).headroom_up_kw, 1000 * 0.464 / (50 * 0.05), 1e-9);
  EXPECT_EQ(curves.FrequencyMargin(GridConditions::Nominal(50)), 1);
  EXPECT_EQ(curves.FrequencyMargin(Around(49, 50)), 0);
}

// Curves at random within the rules.
StabilityCurves Any(std::mt19937& random) {
  const auto between = [&random](double low, double high) {
    return std::uniform_real_distribution<double>(low, high)(random);
  };
  return Told([&](Settings& s) {
    s.droop.enabled = random() % 8 != 0;
    s.droop.db_uf_hz = between(0.017, 1);
    s.droop.db_of_hz = between(0.017, 1);
    s.droop.k_uf = between(0.02, 0.05);
    s.droop.k_of = between(0.02, 0.05);
    s.volt_var.enabled = random() % 8 != 0;
    testing::DrawCurve(between, s.volt_var);
  });
}

// What was added in one pass is what each DER asks for by itself; and a worse grid never asks for less.
TEST(RespondingFleetNeed, IsTheSumOfItsDersAndGrowsWithTheDistance) {
  std::mt19937 random(1547);
  std::uniform_real_distribution<double> kw(0, 100), off(0, 1);
  std::vector<StabilityCurves> curves;
  for (int i = 0; i < 20; ++i) curves.push_back(Any(random));
  RespondingFleet fleet;
  std::vector<std::pair<std::size_t, RespondingRatings>> ders;
  for (std::size_t i = 0; i < 500; ++i) {
    ders.push_back({random() % curves.size(), {kw(random), kw(random), kw(random)}});
    fleet.Add(ders.back().first, ders.back().second);
  }
  for (int i = 0; i < 200; ++i) {
    GridConditions at = Around(60 - off(random), 60 + off(random), 1 - off(random) / 5, 1 + off(random) / 5);
    SupportNeed sum;
    for (const auto& [curve, ratings] : ders) sum += curves[curve].NeedOf(at, ratings);
    const SupportNeed need = fleet.NeedOf(at, curves);
    EXPECT_NEAR(need.headroom_up_kw, sum.headroom_up_kw, 1e-6);
    EXPECT_NEAR(need.headroom_down_kw, sum.headroom_down_kw, 1e-6);
    EXPECT_NEAR(need.inject_kvar, sum.inject_kvar, 1e-6);
    EXPECT_NEAR(need.absorb_kvar, sum.absorb_kvar, 1e-6);
    at.Include(Around(60 - off(random), 60 + off(random), 1 - off(random) / 5, 1 + off(random) / 5));
    const SupportNeed worse = fleet.NeedOf(at, curves);
    EXPECT_GE(worse.headroom_up_kw, need.headroom_up_kw);
    EXPECT_GE(worse.headroom_down_kw, need.headroom_down_kw);
    EXPECT_GE(worse.inject_kvar, need.inject_kvar);
    EXPECT_GE(worse.absorb_kvar, need.absorb_kvar);
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
