#include "libs/forecast/error_history.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
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
  EXPECT_EQ(history.count(0), 60u);
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

// Days of 24 hours that err by this times a sign that alternates by day; NaN: not known.
Days Hourly(int days, const std::function<double(std::size_t)>& size) {
  Days all;
  for (int day = 0; day < days; ++day) {
    all.emplace_back();
    for (std::size_t hour = 0; hour < 24; ++hour) all.back().push_back(day % 2 == 0 ? size(hour) : -size(hour));
  }
  return all;
}

TEST(Neighbours, AreFourHoursAtMostAndFourIntervalsAtMost) {
  EXPECT_EQ(Neighbours(1, 24), (std::vector<std::size_t>{21, 22, 23, 0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(Neighbours(0, 96).size(), 9u);
  EXPECT_EQ(Neighbours(0, 8), (std::vector<std::size_t>{7, 0, 1}));
  EXPECT_EQ(Neighbours(1, 4), (std::vector<std::size_t>{1})) << "six hours off";
}

TEST(ErrorHistory, NeighbouringTimesOfDayCountAroundMidnightToo) {
  const ErrorHistory history(Hourly(20, [](std::size_t hour) { return hour == 22 ? 3 : kNan; }), 1);
  EXPECT_EQ(history.count(22), 20u);
  EXPECT_EQ(history.count(2), 20u);
  EXPECT_EQ(history.count(3), 0u);
  EXPECT_NEAR(history.band(2).upper, 3, 1e-9) << "nothing is known of two o'clock: as that of the day";
}

TEST(ErrorHistory, EachTimeOfDayHasASizeOfItsOwn) {
  const ErrorHistory history(Hourly(40, [](std::size_t hour) { return 1.0 + static_cast<double>(hour); }), 1);
  EXPECT_NEAR(history.band(5).upper, 6, 0.5);
  EXPECT_NEAR(history.band(15).upper, 16, 0.5);
  EXPECT_NEAR(history.band(15).lower, -16, 0.5);
}

TEST(ErrorHistory, ATimeOfDayThatBecomesSureNarrowsItsOwnBand) {
  const Days before = Hourly(40, [](std::size_t) { return 2; });
  ErrorHistory history(before, 1);
  for (const auto& day : Hourly(21, [](std::size_t hour) { return hour < 12 ? 2.0 : 0.2; })) history.Learn(day);
  EXPECT_LT(history.band(18).upper, 0.6 * history.band(5).upper);
}

TEST(ErrorHistory, WhatIsNotKnownIsNoError) {
  ErrorHistory history(Hourly(20, [](std::size_t hour) { return hour == 0 ? 1 : kNan; }), 1);
  EXPECT_EQ(history.count(12), 0u);
  EXPECT_EQ(history.band(12).upper, 0);
  history.Learn(std::vector<double>(24, kNan));
  EXPECT_NEAR(history.band(0).upper, 1, 1e-9);
}

// Half of the pool of six o'clock is never wrong; that makes its own band no narrower.
TEST(ErrorHistory, WhatIsNeverWrongDoesNotDiluteItsNeighbours) {
  const ErrorHistory history(Hourly(40, [](std::size_t hour) { return hour < 6 ? 0.0 : 1.0; }), 1);
  EXPECT_EQ(history.band(2).upper, 0);
  EXPECT_GT(history.band(7).upper, 0.9);
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
  std::vector<WeightedError> once;
  for (const double error : calm) once.push_back({error, 1});
  const ErrorBand still = BandOf(once);
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
