#include "libs/forecast/series_forecast.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "libs/base/error.h"

namespace derms::forecast {
namespace {

using domain::SeriesKind;

const absl::Time kStart = absl::FromUnixSeconds(1577836800);

// Days of hours: a daily wave with noise.
domain::SeriesPiece Wave(int days, SeriesKind kind = SeriesKind::kLoadKw, double level = 100, double swing = 20) {
  std::mt19937 random(11);
  std::normal_distribution<double> noise(0, swing / 4);
  domain::SeriesPiece piece{"wave", kind, kStart, absl::Hours(1), {}};
  for (int i = 0; i < days * 24; ++i) {
    piece.values.push_back(std::max(0.0, level + swing * std::sin(i * 2 * 3.14159 / 24) + noise(random)));
  }
  return piece;
}

SeriesQuestion After(int days, std::size_t count = 24) {
  return {.starts_at = kStart + absl::Hours(24 * days), .interval_count = count, .history_days = 365};
}

TEST(ForecastSeries, GivesAPointPerIntervalInOrder) {
  const auto found = ForecastSeries(Wave(100), std::nullopt, After(100, 60));
  ASSERT_TRUE(found.ok()) << found.status();
  ASSERT_EQ(found->points.size(), 60u);
  for (const ForecastPoint& point : found->points) {
    EXPECT_LE(point.p10, point.p50);
    EXPECT_LE(point.p50, point.p90);
    EXPECT_LT(point.p10, point.p90);
  }
  EXPECT_GE(found->error_count, kErrorsNeeded);
  EXPECT_NEAR(found->points[6].p50, 120, 10);
  EXPECT_NEAR(found->points[18].p50, 80, 10);
  EXPECT_FALSE(found->terms.empty());
}

TEST(ForecastSeries, DoesNotKnowWhatIsStoredForTheHorizon) {
  domain::SeriesPiece known = Wave(100);
  const auto before = ForecastSeries(known, std::nullopt, After(100));
  known.values.resize(101 * 24, 1e6);
  const auto after = ForecastSeries(known, std::nullopt, After(100));
  ASSERT_TRUE(before.ok() && after.ok());
  for (std::size_t i = 0; i < 24; ++i) EXPECT_EQ(before->points[i].p50, after->points[i].p50);
}

// Light from six to a sunset that comes an hour earlier every twenty days.
TEST(ForecastSeries, HoursThatHaveBecomeNightAreCertainAfterAWeek) {
  std::mt19937 random(3);
  std::uniform_real_distribution<double> clouds(0.3, 0.9);
  domain::SeriesPiece sun{"sun", SeriesKind::kAvailabilityShare, kStart, absl::Hours(1), {}};
  for (int i = 0; i < 100 * 24; ++i) {
    const int sunset = 20 - (i / 24 + 10) / 20;  // at 15:00 since ten days
    sun.values.push_back(i % 24 >= 6 && i % 24 < sunset ? clouds(random) : 0);
  }
  const auto found = ForecastSeries(sun, std::nullopt, After(100));
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->points[15].p90, 0) << "of all days behind the band most had light then";
  EXPECT_GT(found->points[14].p90 - found->points[14].p10, 0.2);
  EXPECT_GE(found->error_count, kErrorsNeeded);
}

TEST(ForecastSeries, StaysWithinWhatItsKindCanBe) {
  const auto share = ForecastSeries(Wave(100, SeriesKind::kAvailabilityShare, 0.5, 0.5), std::nullopt, After(100));
  ASSERT_TRUE(share.ok());
  for (const ForecastPoint& point : share->points) {
    EXPECT_GE(point.p10, 0);
    EXPECT_LE(point.p90, 1);
  }
  EXPECT_EQ(RangeOf(SeriesKind::kLoadKw).least, 0);
  EXPECT_TRUE(std::isinf(RangeOf(SeriesKind::kPriceUsdPerKwh).least)) << "prices may be negative";
}

TEST(ForecastSeries, RefusesTooLittleOfThePastAndSaysHowMuchIsNeeded) {
  const auto found = ForecastSeries(Wave(41), std::nullopt, After(41));
  EXPECT_EQ(base::ReasonOf(found.status()), "HISTORY_TOO_SHORT");
  EXPECT_TRUE(ForecastSeries(Wave(42), std::nullopt, After(42)).ok());
}

TEST(ForecastSeries, RefusesWhenTheNewestWeekIsMissing) {
  const auto found = ForecastSeries(Wave(100), std::nullopt, After(108));
  EXPECT_EQ(base::ReasonOf(found.status()), "HISTORY_TOO_SHORT");
}

TEST(PointOf, PutsTheBandAroundTheForecastWithinTheRange) {
  const ForecastPoint point = PointOf(0.9, {-0.2, 0, 0.3}, {0, 1});
  EXPECT_DOUBLE_EQ(point.p10, 0.7);
  EXPECT_DOUBLE_EQ(point.p50, 0.9);
  EXPECT_DOUBLE_EQ(point.p90, 1);
  EXPECT_EQ(PointOf(0.5, {0.1, 0.2, 0.3}, {0, 1}).p10, 0.5) << "a band that lies beside it is stretched to hold it";
}

}  // namespace
}  // namespace derms::forecast
