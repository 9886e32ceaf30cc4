#include "libs/dispatch/robust_reserve.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>
#include <random>

#include "libs/dispatch/testing/random_problem.h"

namespace derms::dispatch {
namespace {

using ::testing::DoubleEq;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

std::vector<double> OneTo(int count) {
  std::vector<double> values(static_cast<std::size_t>(count));
  std::iota(values.begin(), values.end(), 1.0);
  return values;
}

TEST(ConformalQuantile, IsTheOrderStatisticOfOneErrorMore) {
  EXPECT_EQ(ConformalQuantile(OneTo(39), 0.975), 39) << "ceil(40 * 0.975)";
  EXPECT_EQ(ConformalQuantile(OneTo(99), 0.95), 95);
  EXPECT_EQ(ConformalQuantile(OneTo(100), 0.95), 96) << "ceil(101 * 0.95): the plain quantile is 95";
}

TEST(ConformalQuantile, TooFewErrorsBoundNothing) {
  EXPECT_EQ(ConformalQuantile(OneTo(38), 0.975), kUnlimited);
  EXPECT_EQ(ErrorsNeeded(0.975), 39);
  EXPECT_EQ(ErrorsNeeded(0.95), 19);
  EXPECT_EQ(ErrorsNeeded(0.995), 199);
}

// The promise itself, for a distribution far from normal and few errors: k of n + 1 places are safe.
TEST(ConformalQuantile, TheNextErrorStaysBelowAsOftenAsPromised) {
  std::mt19937_64 random(7);
  std::lognormal_distribution<double> draw(0.0, 1.5);
  constexpr int kTrials = 20'000;
  constexpr double kProbability = 0.9;
  int above = 0;
  for (int trial = 0; trial < kTrials; ++trial) {
    std::vector<double> errors(25);
    for (double& error : errors) error = draw(random);
    above += draw(random) > ConformalQuantile(errors, kProbability);
  }
  const double rate = static_cast<double>(above) / kTrials;
  const double deviation = std::sqrt(kProbability * (1.0 - kProbability) / kTrials);
  EXPECT_LE(rate, 1.0 - kProbability + 3 * deviation);
  EXPECT_NEAR(rate, 2.0 / 26.0, 3 * deviation) << "ceil(26 * 0.9) = 24 of 26 places are safe";
}

TEST(SideProbability, HalfOfTheRestGoesToEachSide) {
  EXPECT_DOUBLE_EQ(SideProbability(0.95), 0.975);
}

TEST(PersistenceErrors, CompareWithTheLastDayThatWasKnown) {
  const Series history = {1, 10, 2, 30, 4, 60};  // three days of two intervals
  EXPECT_THAT(PersistenceErrors(history, 2, 0, 0), ElementsAre(2, 1));
  EXPECT_THAT(PersistenceErrors(history, 2, 1, 0), ElementsAre(30, 20));
  EXPECT_THAT(PersistenceErrors(history, 2, 2, 0), ElementsAre(3)) << "the second day of the horizon: two days";
  EXPECT_THAT(PersistenceErrors(history, 2, 4, 0), IsEmpty()) << "the third: three days, and there is no pair";
}

TEST(PersistenceErrors, NeighboursAddErrorsAndHolesTakeThemAway) {
  EXPECT_THAT(PersistenceErrors({1, 10, 2, 30, 4, 60}, 2, 0, 1), ElementsAre(20, 2, 30, 1, 20));
  EXPECT_THAT(PersistenceErrors({1, 10, kNaN, 30, 4, 60}, 2, 0, 0), IsEmpty());
}

TEST(CombinedQuantile, AddsSquaresWhenIndependentAndValuesWhenNot) {
  EXPECT_DOUBLE_EQ(CombinedQuantile({3, 4}, ErrorDependence::kIndependent), 5);
  EXPECT_DOUBLE_EQ(CombinedQuantile({3, 4}, ErrorDependence::kUnknown), 7);
}

// Sun in a part that counts downwards, wind at the root that does not; a river.
TEST(WeatherWeights, UpwardsAllErrDownwardsOnlyWhatCannotBeTurnedDown) {
  Problem problem = testing::SingleRegion({100}, {0.1});
  Region part;
  part.id = "SOUTH";
  part.parent = 0;
  problem.regions.push_back(part);
  testing::AddRenewable(problem, "SUN", {1}).region = 1;
  testing::AddRenewable(problem, "WIND", {1}).reserve_down = false;
  std::get<Renewable>(testing::AddRenewable(problem, "ROOFS", {1}).kind).must_take = true;
  Device river;
  river.id = "RIVER";
  river.kind = Hydro{.availability_kw = {.profile = 0, .scale = 40}};
  problem.devices.push_back(river);
  const WeatherWeights area = WeatherWeightsOf(problem, 0);
  EXPECT_THAT(area.up, ElementsAre(41, 1, 1));
  EXPECT_THAT(area.down, ElementsAre(0, 1, 1));
  EXPECT_THAT(WeatherWeightsOf(problem, 1).up, ElementsAre(1, 0, 0));
}

TEST(RaiseReserve, TakesTheLargerAndKeepsWhatWasAskedFor) {
  Problem problem = testing::SingleRegion({100, 100}, {0.1, 0.1});
  problem.regions[0].reserve_up_kw = {5, 50};
  problem.reserve_up_price_usd_per_kwh = 3;
  const ReserveTerms before = ReserveTermsOf(problem, 0);
  RaiseReserve({{10, 20}, {7, 8}, 2, 1, 1.5}, 0, problem);
  EXPECT_THAT(problem.regions[0].reserve_up_kw, ElementsAre(10, 50));
  EXPECT_THAT(problem.regions[0].reserve_down_kw, ElementsAre(7, 8));
  EXPECT_EQ(problem.reserve_up_price_usd_per_kwh, 3);
  EXPECT_EQ(problem.reserve_hours, 1.5);
  SetReserveTerms(before, 0, problem);
  EXPECT_THAT(problem.regions[0].reserve_up_kw, ElementsAre(5, 50));
  EXPECT_THAT(problem.regions[0].reserve_down_kw, IsEmpty());
  EXPECT_EQ(problem.reserve_hours, 0);
}

TEST(RaiseReserve, DefaultPricesDoNotCountWhereNobodyAsked) {
  Problem problem = testing::SingleRegion({100}, {0.1});
  RaiseReserve({{10}, {10}, SecureUpPrice(problem), SecureDownPrice(problem), 1}, 0, problem);
  EXPECT_THAT(problem.reserve_up_price_usd_per_kwh, DoubleEq(2.5)) << "a quarter of 10";
  EXPECT_THAT(problem.reserve_down_price_usd_per_kwh, DoubleEq(0.5)) << "a quarter of 2, less than the usual 1";
}

}  // namespace
}  // namespace derms::dispatch
