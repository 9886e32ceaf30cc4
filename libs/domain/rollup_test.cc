#include "libs/domain/rollup.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace derms::domain {
namespace {

const absl::Time kHour = absl::FromUnixSeconds(500'000 * 3600);

ReadingPoint At(absl::Duration after, double power_kw) {
  return {.measured_at = kHour + after, .power_kw = power_kw};
}
HourRollup Fold(const std::vector<ReadingPoint>& points, std::optional<ReadingPoint> before = std::nullopt,
                std::optional<double> nominal_v = std::nullopt) {
  return FoldHour(kHour, before, points, nominal_v).value_or(HourRollup());
}

TEST(Rollup, AReadingHoldsUntilTheNext) {
  const HourRollup hour = Fold({At(absl::Minutes(0), 60), At(absl::Minutes(10), -30), At(absl::Minutes(20), 12)});
  EXPECT_EQ(hour.sample_count, 3);
  EXPECT_DOUBLE_EQ(hour.covered_seconds, (10 + 10 + 15) * 60);
  EXPECT_DOUBLE_EQ(hour.generated_kwh, 10 + 3);
  EXPECT_DOUBLE_EQ(hour.consumed_kwh, 5);
  EXPECT_EQ(hour.max_power_kw, 60);
  EXPECT_EQ(hour.min_power_kw, -30);
}

TEST(Rollup, SilenceLongerThanAQuarterHourIsNotKnown) {
  EXPECT_DOUBLE_EQ(Fold({At(absl::Minutes(5), 10)}).covered_seconds, 900);
  EXPECT_DOUBLE_EQ(Fold({At(absl::Minutes(5), 10), At(absl::Minutes(50), 10)}).covered_seconds, 900 + 600);
}

TEST(Rollup, TheHourBeforeReachesIntoIt) {
  const ReadingPoint before = At(-absl::Minutes(5), 60);
  const HourRollup hour = Fold({At(absl::Minutes(4), 0)}, before);
  EXPECT_EQ(hour.sample_count, 1);
  EXPECT_DOUBLE_EQ(hour.generated_kwh, 4);
  EXPECT_DOUBLE_EQ(hour.covered_seconds, (4 + 15) * 60);
  EXPECT_DOUBLE_EQ(Fold({}, before).generated_kwh, 10) << "an hour without a reading of its own";
  EXPECT_FALSE(FoldHour(kHour, At(-absl::Minutes(15), 60), {}, std::nullopt).has_value());
}

TEST(Rollup, AnInvalidReadingEndsTheOneBeforeAndClaimsNothing) {
  ReadingPoint wrong = At(absl::Minutes(5), 1e6);
  wrong.quality = ReadingQuality::kInvalid;
  const HourRollup hour = Fold({At(absl::Minutes(0), 60), wrong, At(absl::Minutes(10), 60)});
  EXPECT_DOUBLE_EQ(hour.generated_kwh, 5 + 15);
  EXPECT_EQ(hour.max_power_kw, 60);
  EXPECT_DOUBLE_EQ(hour.quality_seconds[static_cast<std::size_t>(ReadingQuality::kInvalid) - 1], 300);
  EXPECT_DOUBLE_EQ(hour.quality_seconds[0], 300 + 900);
}

TEST(Rollup, CountsSecondsOutsideTheBands) {
  std::vector<ReadingPoint> points = {At(absl::Minutes(0), 1), At(absl::Minutes(10), 1), At(absl::Minutes(20), 1)};
  points[0].voltage_v = 253, points[1].voltage_v = 240, points[2].voltage_v = 227;
  points[0].frequency_hz = 59.4, points[1].frequency_hz = 60.5, points[2].frequency_hz = 60.6;
  const HourRollup hour = Fold(points, std::nullopt, 240);
  EXPECT_EQ(hour.voltage_outside_seconds, 600 + 900) << "1.054, 1.0, 0.946 pu";
  EXPECT_DOUBLE_EQ(hour.frequency_outside_seconds, 600 + 900) << "the limits are inside";
  EXPECT_EQ(hour.voltage_v.max, 253);
  EXPECT_EQ(hour.voltage_v.min, 227);
  EXPECT_NEAR(hour.voltage_v.mean, (253 * 10 + 240 * 10 + 227 * 15) / 35.0, 1e-9);
  EXPECT_FALSE(Fold(points).voltage_outside_seconds.has_value()) << "unknown is not zero";
}

TEST(Rollup, SupportIsPowerAgainstTheDeviationOfTheFrequency) {
  std::vector<ReadingPoint> points = {At(absl::Minutes(0), 120), At(absl::Minutes(15), 60), At(absl::Minutes(30), 0)};
  points[0].frequency_hz = 59.9, points[1].frequency_hz = 60.03, points[2].frequency_hz = 60.1;
  EXPECT_DOUBLE_EQ(Fold(points).support_kwh, 15 + 15) << "the mean is 60 kW";
  EXPECT_DOUBLE_EQ(Fold(points).deviation_seconds, 1800) << "30 mHz are within the deadband";
  std::swap(points[0].frequency_hz, points[2].frequency_hz);
  EXPECT_DOUBLE_EQ(Fold(points).support_kwh, -30);
}

TEST(Rollup, TheStateOfChargeIsTheLastKnown) {
  std::vector<ReadingPoint> points = {At(absl::Minutes(0), 1), At(absl::Minutes(10), 1), At(absl::Minutes(20), 1)};
  points[0].state_of_charge_kwh = 50, points[1].state_of_charge_kwh = 40;
  EXPECT_EQ(Fold(points).state_of_charge_kwh, 40);
}

TEST(Rollup, OfTwoReadingsAtOneTimeTheLaterReportCounts) {
  std::vector<ReadingPoint> points = {At(absl::Minutes(1), 1), At(absl::Minutes(2), 2)};
  MergeReadings(points, {At(absl::Minutes(2), 3), At(absl::Minutes(0), 4), At(absl::Minutes(2), 5)});
  ASSERT_EQ(points.size(), 3u);
  EXPECT_EQ(points[0].power_kw, 4);
  EXPECT_EQ(points[2].power_kw, 5);
}

// A day of readings with gaps, of all qualities.
std::vector<ReadingPoint> RandomDay(std::mt19937_64& random) {
  std::vector<ReadingPoint> day;
  absl::Time time = kHour;
  while (time < kHour + absl::Hours(24)) {
    time += absl::Seconds(std::uniform_int_distribution<int>(1, 2400)(random));
    ReadingPoint point{.measured_at = time, .power_kw = std::uniform_real_distribution<>(-100, 100)(random)};
    point.frequency_hz = std::uniform_real_distribution<>(59, 61)(random);
    point.quality = static_cast<ReadingQuality>(std::uniform_int_distribution<int>(1, 5)(random));
    day.push_back(point);
  }
  return day;
}

// As the roller does: hours of merged readings, each with what held before it.
std::vector<HourRollup> FoldDay(const std::vector<ReadingPoint>& points) {
  std::vector<HourRollup> hours;
  for (absl::Time at = kHour; at < kHour + absl::Hours(25); at += absl::Hours(1)) {
    std::vector<ReadingPoint> own;
    std::optional<ReadingPoint> before;
    for (const ReadingPoint& point : points) {
      if (point.measured_at < at) before = point;
      if (HourOf(point.measured_at) == at) own.push_back(point);
    }
    if (auto hour = FoldHour(at, before, own, 240)) hours.push_back(*std::move(hour));
  }
  return hours;
}

TEST(RollupProperty, OrderBatchesAndRepetitionsChangeNothing) {
  std::mt19937_64 random(11);
  for (int round = 0; round < 50; ++round) {
    const std::vector<ReadingPoint> day = RandomDay(random);
    std::vector<ReadingPoint> delivered = day;
    for (const ReadingPoint& point : day) {
      if (random() % 3 == 0) delivered.push_back(point);  // repeated
    }
    std::shuffle(delivered.begin(), delivered.end(), random);
    std::vector<ReadingPoint> merged;
    for (std::size_t at = 0; at < delivered.size();) {
      const std::size_t take = std::min<std::size_t>(1 + random() % 20, delivered.size() - at);
      const auto from = delivered.begin() + static_cast<std::ptrdiff_t>(at);
      MergeReadings(merged, {from, from + static_cast<std::ptrdiff_t>(take)});
      at += take;
    }
    ASSERT_EQ(merged, day);
    ASSERT_EQ(FoldDay(merged), FoldDay(day));
  }
}

TEST(RollupProperty, HoursAddUpToTheHoldsOfAllReadings) {
  std::mt19937_64 random(12);
  for (int round = 0; round < 50; ++round) {
    const std::vector<ReadingPoint> day = RandomDay(random);
    double seconds = 0, net_kwh = 0;
    for (std::size_t i = 0; i < day.size(); ++i) {
      if (day[i].quality == ReadingQuality::kInvalid) continue;
      const absl::Duration gap = i + 1 < day.size() ? day[i + 1].measured_at - day[i].measured_at : kLongestHold;
      const double held = absl::ToDoubleSeconds(std::min(gap, kLongestHold));
      seconds += held;
      net_kwh += held / 3600 * *day[i].power_kw;
    }
    double covered = 0, net = 0;
    for (const HourRollup& hour : FoldDay(day)) {
      covered += hour.covered_seconds;
      net += hour.generated_kwh - hour.consumed_kwh;
      EXPECT_LE(hour.covered_seconds, 3600 + 1e-9);
      EXPECT_GE(hour.generated_kwh, 0);
      EXPECT_GE(hour.consumed_kwh, 0);
    }
    EXPECT_NEAR(covered, seconds, 1e-6);
    EXPECT_NEAR(net, net_kwh, 1e-6);
  }
}

}  // namespace
}  // namespace derms::domain
