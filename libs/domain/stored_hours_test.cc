#include "libs/domain/stored_hours.h"

#include <gtest/gtest.h>

#include <random>

#include "libs/domain/stored_carbon.h"

namespace derms::domain {
namespace {

constexpr double kWhole = 3600;

EffectiveParameters Battery(double initial_kwh, double efficiency = 1) {
  return {.energy_capacity_kwh = 100,
          .charge_efficiency = efficiency,
          .discharge_efficiency = efficiency,
          .initial_energy_kwh = initial_kwh};
}

double Balance(const StoredCarbonFlows& flows) {
  return flows.begin_kg + flows.charged_kg + flows.unseen_kg - flows.discharged_kg - flows.end_kg;
}

TEST(StoredHours, WhatChargesInCleanHoursLeavesCleanInDirtyOnes) {
  const auto flows = AccountStoredHours(
      Battery(0), {{.hour = 0, .covered_seconds = kWhole, .charged_kwh = 50, .grid_kg_per_kwh = 0.1},
                   {.hour = 1, .covered_seconds = kWhole, .discharged_kwh = 20, .grid_kg_per_kwh = 0.6}});
  EXPECT_EQ(flows.begin_kg, 0);
  EXPECT_DOUBLE_EQ(flows.charged_kg, 5);
  EXPECT_DOUBLE_EQ(flows.discharged_kg, 2);
  EXPECT_DOUBLE_EQ(flows.end_kg, 3);
  EXPECT_DOUBLE_EQ(flows.end_kwh, 30);
}

TEST(StoredHours, BeginWithWhatWasMeasuredLessWhatHadFlown) {
  const auto flows = AccountStoredHours(
      Battery(5), {{.hour = 0, .covered_seconds = kWhole, .charged_kwh = 10, .grid_kg_per_kwh = 0, .held_kwh = 40}});
  EXPECT_DOUBLE_EQ(flows.begin_kg, 30 * kUnknownContentKgPerKwh);
  const auto unmeasured = AccountStoredHours(Battery(5), {{.hour = 0, .covered_seconds = kWhole, .charged_kwh = 10}});
  EXPECT_DOUBLE_EQ(unmeasured.begin_kg, 5 * kUnknownContentKgPerKwh) << "the parameter";
  EXPECT_DOUBLE_EQ(unmeasured.charged_kg, 10 * kUnknownContentKgPerKwh) << "no intensity: unknown content";
}

TEST(StoredHours, TellWhatOfTheEmissionsIsAssumed) {
  const auto flows = AccountStoredHours(
      Battery(10), {{.hour = 0, .covered_seconds = kWhole, .charged_kwh = 10, .grid_kg_per_kwh = 0.2},
                    {.hour = 1, .covered_seconds = kWhole, .discharged_kwh = 10}});
  EXPECT_DOUBLE_EQ(flows.discharged_of_begin_kg, 5 * kUnknownContentKgPerKwh) << "half of what was there, well mixed";
  EXPECT_DOUBLE_EQ(flows.discharged_kg, 5 * kUnknownContentKgPerKwh + 1);
}

TEST(StoredHours, NoiseOfTheMeterMakesNoCarbon) {
  std::vector<StoredHour> hours;
  for (int hour = 0; hour < 1000; ++hour) {
    hours.push_back(
        {.hour = hour, .covered_seconds = kWhole, .grid_kg_per_kwh = 0.5, .held_kwh = hour % 2 == 0 ? 50 : 51});
  }
  const auto flows = AccountStoredHours(Battery(50), hours);
  EXPECT_DOUBLE_EQ(flows.end_kg, 50 * kUnknownContentKgPerKwh);
  EXPECT_EQ(flows.unseen_kg, 0);
}

TEST(StoredHours, EnergyThatMovedUnseenTakesAndBringsCarbon) {
  std::vector<StoredHour> hours = {{.hour = 0, .covered_seconds = kWhole, .held_kwh = 40},
                                   {.hour = 5, .covered_seconds = kWhole, .grid_kg_per_kwh = 0.1, .held_kwh = 10}};
  auto flows = AccountStoredHours(Battery(0), hours);
  EXPECT_DOUBLE_EQ(flows.unseen_kg, -30 * kUnknownContentKgPerKwh);
  EXPECT_EQ(flows.discharged_kg, 0) << "nobody saw it";
  hours[1].held_kwh = 60;
  flows = AccountStoredHours(Battery(0), hours);
  EXPECT_DOUBLE_EQ(flows.unseen_kg, 20 * 0.1);
  hours[1].hour = 1;
  hours[1].covered_seconds = 1800;
  EXPECT_DOUBLE_EQ(AccountStoredHours(Battery(0), hours).unseen_kg, 2) << "half an hour is a gap as well";
  hours[1].covered_seconds = kWhole;
  EXPECT_EQ(AccountStoredHours(Battery(0), hours).unseen_kg, 0);
}

TEST(StoredHours, NothingIsMadeOrLost) {
  std::mt19937 random(3);
  std::uniform_real_distribution<double> power(0, 30), share(0, 1);
  for (int round = 0; round < 50; ++round) {
    std::vector<StoredHour> hours;
    for (int hour = 0; hour < 500; ++hour) {
      if (share(random) < 0.05) continue;
      StoredHour& added = hours.emplace_back();
      added.hour = hour;
      added.covered_seconds = share(random) < 0.1 ? 1000 : kWhole;
      (share(random) < 0.5 ? added.charged_kwh : added.discharged_kwh) = power(random);
      if (share(random) < 0.9) added.grid_kg_per_kwh = share(random);
      if (share(random) < 0.5) added.held_kwh = 100 * share(random);
    }
    const auto flows = AccountStoredHours(Battery(50, 0.95), hours);
    EXPECT_NEAR(Balance(flows), 0, 1e-6);
    EXPECT_GE(flows.end_kg, 0);
    EXPECT_LE(flows.discharged_of_begin_kg, flows.begin_kg + 1e-9);
  }
}

}  // namespace
}  // namespace derms::domain
