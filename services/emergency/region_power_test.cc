#include "services/emergency/region_power.h"

#include <gtest/gtest.h>

#include <random>

#include "absl/strings/str_cat.h"
#include "libs/server/testing/test_fleet.h"

namespace derms::emergency {
namespace {

using server::testing::BatteryOf;
using server::testing::kNow;

class RegionPowerTest : public ::testing::Test {
 protected:
  RegionPowerTest() { fleet_.Observe(power_); }
  void Add(const std::string& der_id, const std::string& region_id, domain::DerType type = domain::DerType::kSolar) {
    domain::Der der = BatteryOf(der_id);
    der.type = type;
    der.region_id = region_id;
    fleet_.PutDer(std::move(der));
  }
  void Measure(const std::string& der_id, double power_kw, absl::Time at = kNow,
               domain::ReadingQuality quality = domain::ReadingQuality::kValid) {
    domain::Reading reading;
    reading.der_id = der_id;
    reading.power_kw = power_kw;
    reading.measured_at = at;
    reading.quality = quality;
    power_.OnReading(reading);
  }
  double Power(const char* region_id, absl::Time at = kNow) { return power_.TotalsOf(region_id, at).power_kw; }

  server::testing::TestFleet fleet_;
  RegionPower power_;
};

TEST_F(RegionPowerTest, ARegionIsMeasuredWithItsParts) {
  Add("SUN_1", "NORTH");
  Add("SUN_2", "SOUTH");
  Add("BAT_1", "SOUTH", domain::DerType::kBattery);
  Measure("SUN_1", 40);
  Measure("SUN_2", 30);
  Measure("BAT_1", -10);
  EXPECT_EQ(Power("NORTH"), 40);
  EXPECT_EQ(Power("SOUTH"), 20);
  EXPECT_EQ(Power("CA"), 60);
  const RegionTotals totals = power_.TotalsOf("CA", kNow);
  EXPECT_EQ(totals.power_by_type[domain::IndexOf(domain::DerType::kSolar)], 70);
  EXPECT_EQ(totals.measured_count, 3);
  EXPECT_EQ(totals.unmeasured_count, 0);
  EXPECT_EQ(totals.capacity_kw, 300);
  EXPECT_EQ(totals.charge_kw, 100) << "of the battery alone";
}

TEST_F(RegionPowerTest, OnlyTheNewestReadingOfADerCounts) {
  Add("SUN_1", "NORTH");
  Measure("SUN_1", 40);
  Measure("SUN_1", 50, kNow + absl::Seconds(1));
  Measure("SUN_1", 60, kNow - absl::Seconds(5));  // late
  EXPECT_EQ(Power("NORTH"), 50);
}

TEST_F(RegionPowerTest, WhatIsStaleOrNotToBeBelievedDoesNotCountAndIsSaid) {
  for (const char* id : {"SUN_1", "SUN_2", "SUN_3", "SUN_4"}) Add(id, "NORTH");
  Measure("SUN_1", 40);
  Measure("SUN_2", 40, kNow - domain::kSupervisionFreshness);
  Measure("SUN_3", 40, kNow, domain::ReadingQuality::kInvalid);
  EXPECT_EQ(Power("NORTH"), 40);
  EXPECT_EQ(power_.TotalsOf("NORTH", kNow).unmeasured_count, 3);
  EXPECT_EQ(Power("NORTH", kNow + domain::kSupervisionFreshness), 0) << "it grows old by itself";
  Measure("SUN_1", 50, kNow, domain::ReadingQuality::kInvalid);
  EXPECT_EQ(Power("NORTH"), 0) << "a later word takes the earlier back";
}

TEST_F(RegionPowerTest, ADerThatMovesOrRetiresTakesItsPowerWithIt) {
  Add("SUN_1", "NORTH");
  Measure("SUN_1", 40);
  Add("SUN_1", "SOUTH");
  EXPECT_EQ(Power("NORTH"), 0);
  EXPECT_EQ(Power("SOUTH"), 40);
  domain::Der der = *fleet_.FindDer("SUN_1");
  der.lifecycle = domain::Lifecycle::kRetired;
  fleet_.PutDer(std::move(der));
  EXPECT_EQ(Power("SOUTH"), 0);
  EXPECT_EQ(power_.TotalsOf("SOUTH", kNow).unmeasured_count, 0);
}

TEST_F(RegionPowerTest, WhateverComesTheSumsAreThoseOfAWalkOverTheFleet) {
  std::mt19937 random(3);
  const char* regions[] = {"NORTH", "SOUTH", "CA"};
  const auto pick = [&](int count) { return static_cast<int>(random() % static_cast<unsigned>(count)); };
  absl::Time now = kNow;
  for (int step = 0; step < 5000; ++step) {
    const std::string der_id = absl::StrCat("DER_", pick(30));
    if (fleet_.FindDer(der_id) == nullptr || pick(20) == 0) {
      Add(der_id, regions[pick(3)], static_cast<domain::DerType>(1 + pick(6)));
    } else {
      const auto quality = pick(5) == 0 ? domain::ReadingQuality::kInvalid : domain::ReadingQuality::kValid;
      Measure(der_id, pick(100), now - absl::Seconds(pick(400)), quality);
    }
    now += absl::Milliseconds(pick(3000));
    if (step % 10 != 0) continue;
    for (const char* region_id : regions) {
      double walked_kw = 0;
      const auto parts = power_.PartsOf(region_id, now);
      for (const auto& part : parts) walked_kw += part.power_kw;
      const RegionTotals totals = power_.TotalsOf(region_id, now);
      ASSERT_NEAR(totals.power_kw, walked_kw, 1e-9) << region_id << " after " << step;
      ASSERT_EQ(totals.measured_count, static_cast<int>(parts.size()));
    }
  }
}

}  // namespace
}  // namespace derms::emergency
