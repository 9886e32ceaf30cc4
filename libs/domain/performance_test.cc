#include "libs/domain/performance.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace derms::domain {
namespace {

PerformanceSums SumsOf(double capacity_kw, double period_hours, double available_hours) {
  PerformanceSums sums;
  sums.der_count = 1;
  sums.capacity_kw = capacity_kw;
  sums.period_hours = period_hours;
  sums.available_hours = available_hours;
  sums.capacity_period_kwh = capacity_kw * period_hours;
  sums.capacity_available_kwh = capacity_kw * available_hours;
  return sums;
}

TEST(Performance, AvailabilityOfAGroupIsWeightedByCapacity) {
  // Two units of 1 and 3 MW over a week, available 168 and 84 hours: AF 0.75, WEAF 0.625.
  PerformanceSums sums = SumsOf(1000, 168, 168);
  sums += SumsOf(3000, 168, 84);
  const PerformanceFigures figures = FiguresOf(sums);
  EXPECT_DOUBLE_EQ(*figures.availability_factor, 0.75);
  EXPECT_DOUBLE_EQ(*figures.weighted_equivalent_availability_factor, 0.625);
}

TEST(Performance, DeratedHoursAreTakenOffTheAvailableOnes) {
  // The unit of 3 MW gives 2 MW of it in its 84 available hours: EDH 28, WEAF (168 + 3 (84 - 28)) / (4 x 168) = 0.5.
  PerformanceSums derated = SumsOf(3000, 168, 84);
  derated.derated_hours = 28;
  derated.capacity_derated_kwh = 3000 * 28;
  PerformanceSums sums = SumsOf(1000, 168, 168);
  sums += derated;
  EXPECT_DOUBLE_EQ(sums.derated_hours, 28);
  EXPECT_DOUBLE_EQ(*FiguresOf(sums).weighted_equivalent_availability_factor, 0.5);
  EXPECT_DOUBLE_EQ(*FiguresOf(sums).availability_factor, 0.75) << "AF knows no deratings";
}

TEST(Performance, WhatWasNotMeasuredIsAbsentAndNotZero) {
  const PerformanceFigures figures = FiguresOf({});
  EXPECT_FALSE(figures.availability_factor || figures.capacity_factor || figures.utilization ||
               figures.curtailed_share || figures.cost_efficiency || figures.frequency_in_band_share ||
               figures.voltage_in_band_share || figures.stability_contribution || figures.valid_share);
}

TEST(Performance, CostEfficiencyIsAboveOneForWhoGeneratesWhenItIsDear) {
  PerformanceSums sums;
  sums.priced_hours = 2;
  sums.price_sum = 0.10 + 0.30;
  sums.priced_generated_kwh = 100;
  sums.price_of_generated_usd = 30;
  EXPECT_DOUBLE_EQ(*FiguresOf(sums).cost_efficiency, 1.5);
  sums.price_sum = -0.1;
  EXPECT_FALSE(FiguresOf(sums).cost_efficiency.has_value()) << "against a mean that is not above zero";
}

TEST(Performance, ExtremesOfAGroupAreThoseOfItsDers) {
  PerformanceSums sums;
  PerformanceSums other;
  other.min_power_kw = -5, other.max_power_kw = 7;
  sums += other;
  other.min_power_kw = -4, other.max_power_kw = 9;
  sums += other;
  sums += PerformanceSums();
  EXPECT_EQ(sums.min_power_kw, -5);
  EXPECT_EQ(sums.max_power_kw, 9);
}

TEST(Fairness, JainsIndexOfHisPaper) {
  EXPECT_EQ(JainIndex({}), std::nullopt);
  EXPECT_DOUBLE_EQ(*JainIndex({0.2, 0.2, 0.2}), 1);
  EXPECT_DOUBLE_EQ(*JainIndex({0, 0}), 1) << "nobody gave up anything";
  EXPECT_DOUBLE_EQ(*JainIndex({1, 0, 0, 0}), 0.25) << "one bears all: 1/n";
  EXPECT_NEAR(*JainIndex({1, 1, 1, 1, 1, 1, 1, 1, 0, 0}), 0.8, 1e-12) << "fair to k of n: k/n";
}

SeriesPiece SeriesOf(absl::Duration interval, std::vector<double> values) {
  return {.series_id = "s", .starts_at = absl::UnixEpoch(), .interval = interval, .values = std::move(values)};
}

TEST(HourMeans, TakesTheMeanOfWhatIsKnown) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto means = HourMeans(SeriesOf(absl::Minutes(30), {1, 3, 5, nan, nan, nan}), absl::UnixEpoch(),
                               absl::UnixEpoch() + absl::Hours(4));
  ASSERT_EQ(means.size(), 4u);
  EXPECT_EQ(means[0], 2);
  EXPECT_EQ(means[1], 5);
  EXPECT_TRUE(std::isnan(means[2]));
  EXPECT_TRUE(std::isnan(means[3]));
}

TEST(HourMeans, ALongValueHoldsInEachOfItsHours) {
  const absl::Time from = absl::UnixEpoch() - absl::Hours(1);
  const auto means = HourMeans(SeriesOf(absl::Hours(2), {1, 2}), from, from + absl::Hours(6));
  ASSERT_EQ(means.size(), 6u);
  EXPECT_TRUE(std::isnan(means[0]));
  EXPECT_EQ(means[1], 1);
  EXPECT_EQ(means[2], 1);
  EXPECT_EQ(means[4], 2);
  EXPECT_TRUE(std::isnan(means[5]));
}

}  // namespace
}  // namespace derms::domain
