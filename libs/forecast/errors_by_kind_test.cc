#include "libs/forecast/errors_by_kind.h"

#include <gtest/gtest.h>

#include <limits>

namespace derms::forecast {
namespace {

// A day of hours that is dark before `dawn`: forecast as 0, which is true, and from then on off by `error`.
JudgedDay DayWithDawnAt(std::size_t dawn, double error) {
  JudgedDay day;
  for (std::size_t hour = 0; hour < 24; ++hour) {
    day.forecasts.push_back(hour < dawn ? 0 : 0.5);
    day.errors.push_back(hour < dawn ? 0 : error);
  }
  return day;
}

std::vector<JudgedDay> Days(int count, std::size_t dawn) {
  std::vector<JudgedDay> days;
  for (int i = 0; i < count; ++i) days.push_back(DayWithDawnAt(dawn, i % 2 == 0 ? 0.1 : -0.1));
  return days;
}

TEST(ErrorsByKind, TheNightHasNoBandUpToDawn) {
  const ErrorsByKind errors(Days(40, 6), 1);
  EXPECT_EQ(errors.band(5, 0).upper, 0);
  EXPECT_EQ(errors.band(5, 0).lower, 0);
  EXPECT_NEAR(errors.band(6, 0.5).upper, 0.1, 1e-9) << "the night's zeros make it no narrower";
  EXPECT_EQ(errors.count(6, 0.5), 40u * 5);
  EXPECT_EQ(errors.count(6, 0), 40u * 4) << "of nothing: the four hours before";
}

TEST(ErrorsByKind, WhenDawnComesLaterTheHourIsCertainAtOnce) {
  ErrorsByKind errors(Days(40, 6), 1);
  errors.Learn(DayWithDawnAt(7, 0.1));
  EXPECT_EQ(errors.band(6, 0).upper, 0);
  EXPECT_GT(errors.band(6, 0.5).upper, 0.05) << "should the model say that there will be light after all";
}

TEST(ErrorsByKind, WhereNothingWasOftenWrongItHasABandToo) {
  std::vector<JudgedDay> days;
  for (int i = 0; i < 60; ++i) days.push_back({{0}, {i % 3 == 0 ? 0.4 : 0}});  // a still wind that rises on every third
  const ErrorsByKind errors(days, 1);
  EXPECT_GT(errors.band(0, 0).upper, 0.1);
  EXPECT_EQ(errors.band(0, 0).lower, 0);
}

TEST(ErrorsByKind, WithoutErrorsOfItsKindTheOthersCount) {
  const ErrorsByKind errors(Days(40, 0), 1);
  EXPECT_GT(errors.band(12, 0).upper, 0.09) << "it never said nothing before";
  EXPECT_EQ(errors.count(12, 0), 40u * 9);
}

}  // namespace
}  // namespace derms::forecast
