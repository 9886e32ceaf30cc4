#include "libs/forecast/error_history.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

namespace derms::forecast {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
using Days = std::vector<std::vector<double>>;

// Days of one slot.
Days Single(const std::vector<double>& errors) {
  Days days;
  for (const double error : errors) days.push_back({error});
  return days;
}

TEST(ErrorHistory, BandsHoldTheUnitOfTheErrors) {
  std::vector<double> errors;
  for (int i = 0; i < 60; ++i) errors.push_back(i % 2 == 0 ? 5 : -5);
  const ErrorHistory history(Single(errors), 1);
  EXPECT_NEAR(history.band(0).upper, 5, 1e-9);
  EXPECT_NEAR(history.band(0).lower, -5, 1e-9);
  EXPECT_EQ(history.Fewest(), 60u);
}

TEST(ErrorHistory, AStormWidensTheBandAndACalmNarrowsIt) {
  ErrorHistory history(Single(std::vector<double>(40, 1)), 1);
  const double usual = history.band(0).upper;
  history.Learn({8});
  const double stormy = history.band(0).upper;
  EXPECT_GT(stormy, 1.9 * usual);
  for (int day = 0; day < 10; ++day) history.Learn({0.1});
  EXPECT_LT(history.band(0).upper, usual);
}

TEST(ErrorHistory, AForecastOfTheDayAfterTomorrowKnowsNothingOfToday) {
  std::vector<double> errors;
  for (int i = 0; i < 40; ++i) errors.push_back(1);
  ErrorHistory history(Single(errors), 2);
  history.Learn({10});  // a storm: judged by the scale of calm days, as a forecast two days before would have been
  ErrorHistory one_day(Single(errors), 1);
  one_day.Learn({10});
  one_day.Learn({10});
  history.Learn({10});
  EXPECT_GT(history.band(0).upper, one_day.band(0).upper) << "two storms came as a surprise, not one";
}

TEST(ErrorHistory, NeighbouringTimesOfDayCountAroundMidnightToo) {
  const Days days(20, std::vector<double>{1, 2, 3, 4});
  const ErrorHistory history(days, 1);
  EXPECT_EQ(history.Fewest(), 60u);
  EXPECT_NEAR(history.band(0).upper, 4, 1e-9) << "the last slot of the day before";
}

TEST(ErrorHistory, WhatIsNotKnownIsNoError) {
  Days days(20, std::vector<double>{1, kNan, kNan, kNan, 1});
  ErrorHistory history(days, 1);
  EXPECT_EQ(history.Fewest(), 0u) << "the slot in the middle has no neighbour with an error";
  history.Learn(std::vector<double>(5, kNan));
  EXPECT_NEAR(history.band(0).upper, 1, 1e-9);
  EXPECT_EQ(history.band(2).upper, 0);
}

TEST(ErrorHistory, WhatWasNeverWrongHasNoBand) {
  ErrorHistory history(Single(std::vector<double>(20, 0)), 1);
  EXPECT_EQ(history.band(0).upper, 0);
  EXPECT_EQ(history.band(0).lower, 0);
}

// Errors whose spread doubles in the middle: bands of split conformal prediction, made of the calm half, hold 50 %.
TEST(ErrorHistory, HoldsItsCoverageWhenTheSpreadDoubles) {
  std::mt19937 random(11);
  std::normal_distribution<double> normal;
  std::vector<double> calm;
  for (int i = 0; i < 60; ++i) calm.push_back(normal(random));
  ErrorHistory history(Single(calm), 1);
  const ErrorBand still = BandOf(calm);
  int covered = 0, covered_by_still = 0;
  constexpr int kDays = 400;
  for (int day = 0; day < kDays; ++day) {
    const double error = 2.5 * normal(random);
    covered += error >= history.band(0).lower && error <= history.band(0).upper ? 1 : 0;
    covered_by_still += error >= still.lower && error <= still.upper ? 1 : 0;
    history.Learn({error});
  }
  EXPECT_NEAR(covered / static_cast<double>(kDays), 0.8, 0.06);
  EXPECT_LT(covered_by_still / static_cast<double>(kDays), 0.6);
}

}  // namespace
}  // namespace derms::forecast
