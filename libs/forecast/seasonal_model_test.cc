#include "libs/forecast/seasonal_model.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <random>

namespace derms::forecast {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1577836800);  // 2020-01-01, a Wednesday
constexpr std::size_t kDays = 150;

// Hours of value(day, hour).
DayTable Hours(const std::function<double(int, int)>& value, std::size_t days = kDays) {
  domain::SeriesPiece piece{"s", domain::SeriesKind::kLoadKw, kStart, absl::Hours(1), {}};
  for (int i = 0; i < static_cast<int>(days) * 24; ++i) piece.values.push_back(value(i / 24, i % 24));
  return DayTable(piece, kStart, days);
}

bool IsWeekend(int day) {
  return day % 7 == 3 || day % 7 == 4;
}

TEST(SeasonalModel, LearnsTheWeek) {
  const SeasonalData data(Hours([](int day, int hour) { return (IsWeekend(day) ? 50 : 100) + 10 * std::sin(hour); }));
  const SeasonalModel model = SeasonalModel::Fit(data, 0, kDays - 7, 1);
  double error = 0, persistence = 0;
  for (std::size_t day = kDays - 7; day < kDays; ++day) {
    for (std::size_t hour = 0; hour < 24; ++hour) {
      error += std::abs(model.Forecast(data, day, hour) - data.values.at(day, hour));
      persistence += std::abs(Persistence(data.values, day, hour, 1) - data.values.at(day, hour));
    }
  }
  EXPECT_LT(error, persistence / 4) << "persistence is wrong on Saturdays and Mondays";
}

TEST(SeasonalModel, StaysWithPersistenceWhereNothingIsKnownToHelp) {
  std::mt19937 random(3);
  std::normal_distribution<double> step(0, 1);
  double level = 100;
  const SeasonalData data(Hours([&](int, int hour) { return level += hour == 0 ? step(random) : 0; }));
  const SeasonalModel model = SeasonalModel::Fit(data, 0, kDays - 20, 1);
  double moved = 0;
  for (std::size_t day = kDays - 20; day < kDays; ++day) {
    moved += std::abs(model.Forecast(data, day, 12) - Persistence(data.values, day, 12, 1)) / 20;
  }
  EXPECT_LT(moved, 0.7) << "a random walk has no better forecast; its steps are 0.8 in the mean";
}

TEST(SeasonalModel, SeesWhatTheTemperatureDoes) {
  std::mt19937 random(5);
  std::uniform_real_distribution<double> heat(15, 38);
  std::vector<double> noon_c(kDays);
  for (double& c : noon_c) c = heat(random);
  const auto air = [&](int day, int hour) { return noon_c[static_cast<std::size_t>(day)] - std::abs(hour - 12) * 0.5; };
  const auto load = [&](int day, int hour) { return 100 + 5 * std::max(0.0, air(day, hour) - 22); };
  const SeasonalData warned(Hours(load), Hours(air)), unaware(Hours(load));
  const SeasonalModel with = SeasonalModel::Fit(warned, 0, kDays - 20, 1);
  const SeasonalModel without = SeasonalModel::Fit(unaware, 0, kDays - 20, 1);
  double error_with = 0, error_without = 0;
  for (std::size_t day = kDays - 20; day < kDays; ++day) {
    error_with += std::abs(with.Forecast(warned, day, 14) - load(static_cast<int>(day), 14));
    error_without += std::abs(without.Forecast(unaware, day, 14) - load(static_cast<int>(day), 14));
  }
  EXPECT_LT(error_with, error_without / 4);
}

TEST(SeasonalModel, UsesNothingLaterThanItsLead) {
  const auto value = [](int day, int hour) { return 100 + 7 * (day % 7) + hour; };
  const auto changed_late = [&](int day, int hour) { return day >= 140 ? 1e6 : value(day, hour); };
  const SeasonalData data(Hours(value)), tampered(Hours(changed_late));
  for (std::size_t lead = 1; lead <= kMostLeadDays; ++lead) {
    const SeasonalModel model = SeasonalModel::Fit(data, 0, 130, lead);
    for (std::size_t hour = 0; hour < 24; ++hour) {
      EXPECT_EQ(model.Forecast(data, 139 + lead, hour), model.Forecast(tampered, 139 + lead, hour)) << lead;
    }
  }
}

TEST(SeasonalModel, AStillTimeOfDayStaysExactlyStill) {
  const SeasonalData data(Hours([](int day, int hour) { return hour < 6 ? 0.0 : 0.5 + 0.1 * std::sin(day); }));
  const SeasonalModel model = SeasonalModel::Fit(data, 0, kDays - 1, 1);
  EXPECT_EQ(model.Forecast(data, kDays - 1, 2), 0);
  EXPECT_NE(model.Forecast(data, kDays - 1, 12), 0);
}

TEST(SeasonalModel, GoesOverHolesAndSaysWhenAWeekIsMissing) {
  const double hole = std::numeric_limits<double>::quiet_NaN();
  const SeasonalData some(Hours([&](int day, int hour) { return day % 5 == 0 ? hole : 100.0 + hour; }));
  EXPECT_NEAR(SeasonalModel::Fit(some, 0, kDays - 1, 1).Forecast(some, kDays - 1, 10), 110, 1);
  const SeasonalData gone(Hours([&](int day, int hour) { return day >= 140 ? hole : 100.0 + hour; }));
  EXPECT_TRUE(std::isnan(SeasonalModel::Fit(gone, 0, 140, 1).Forecast(gone, kDays - 1, 10)));
}

TEST(SeasonalModel, NamesEveryTerm) {
  const SeasonalData data(Hours([](int day, int hour) { return day + hour; }),
                          Hours([](int day, int) { return 20.0 + day % 3; }));
  const SeasonalModel model = SeasonalModel::Fit(data, 0, kDays, 1);
  EXPECT_EQ(model.MeanWeights().size(), TermNames(true).size());
  EXPECT_EQ(TermNames(true).size(), TermNames(false).size() + 3);
}

}  // namespace
}  // namespace derms::forecast
