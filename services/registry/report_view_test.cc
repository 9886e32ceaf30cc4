#include "services/registry/report_view.h"

#include <gtest/gtest.h>

namespace derms::registry {
namespace {

domain::PerformanceSums Curtailed(double curtailed_kwh, double available_kwh) {
  domain::PerformanceSums sums;
  sums.available_kwh = available_kwh;
  sums.curtailed_kwh = curtailed_kwh;
  return sums;
}

TEST(Fairness, ComparesOwnersByTheShareTheyGaveUp) {
  // Shares 0.1 and 0.3: J = 0.16 / 0.2.
  const auto fairness =
      FairnessOf({{"a", Curtailed(20, 200)}, {"b", Curtailed(30, 100)}, {"without a series", Curtailed(0, 0)}});
  EXPECT_NEAR(fairness.jain_index(), 0.8, 1e-12);
  EXPECT_EQ(fairness.owner_count(), 2);
  EXPECT_NEAR(fairness.least_curtailed_share(), 0.1, 1e-12);
  EXPECT_NEAR(fairness.most_curtailed_share(), 0.3, 1e-12);
}

TEST(Fairness, IsUnknownWithoutAvailabilitySeries) {
  const auto fairness = FairnessOf({{"a", Curtailed(0, 0)}});
  EXPECT_FALSE(fairness.has_jain_index());
  EXPECT_FALSE(fairness.has_most_curtailed_share());
}

TEST(PerformanceView, DeratedHoursAreToldWithWhatFollows) {
  domain::PerformanceSums sums;
  sums.derated_hours = 3;
  sums.capacity_period_kwh = 100;
  sums.capacity_available_kwh = 80;
  sums.capacity_derated_kwh = 30;
  const v1::Performance told = ToProto(sums);
  EXPECT_EQ(told.equivalent_derated_hours(), 3);
  EXPECT_DOUBLE_EQ(told.weighted_equivalent_availability_factor(), 0.5);
}

TEST(PerformanceView, WhatIsNotKnownIsAbsent) {
  const v1::Performance empty = ToProto(domain::PerformanceSums());
  EXPECT_FALSE(empty.has_availability_factor());
  EXPECT_FALSE(empty.has_curtailed_kwh());
  EXPECT_FALSE(empty.has_energy_value_usd());
  EXPECT_FALSE(empty.has_operating_cost_usd());
}

}  // namespace
}  // namespace derms::registry
