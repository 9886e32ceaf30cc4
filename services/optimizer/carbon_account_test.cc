#include "services/optimizer/carbon_account.h"

#include <gmock/gmock.h>

#include "libs/base/error.h"

namespace derms::optimizer {
namespace {

using domain::DerType;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

constexpr absl::Duration kHour = absl::Hours(1);

store::DerSchedule Of(const std::string& id, DerType type, std::vector<double> power_kw,
                      std::vector<double> energy = {}, const std::string& owner = "owner-1") {
  store::DerSchedule schedule;
  schedule.der.der_id = id;
  schedule.der.owner_id = owner;
  schedule.der.region_id = "NORTH";
  schedule.der.type = type;
  schedule.der.capacity_kw = 100;
  schedule.power_kw = std::move(power_kw);
  schedule.state_of_charge_kwh = std::move(energy);
  if (type == DerType::kBattery) {
    schedule.der.parameters.charge_efficiency = 0.8;
    schedule.der.parameters.discharge_efficiency = 0.5;
  }
  return schedule;
}

CarbonBook Book(std::optional<double> initial_kg_per_kwh = std::nullopt) {
  auto ledger = domain::CarbonLedger::Open({.interval = kHour, .grid_kg_per_kwh = {0.1, 0.5}});
  return {*std::move(ledger), kHour, initial_kg_per_kwh};
}

TEST(CarbonScheduleOf, ABatteryBeginsWithTheEnergyThatTheRunHad) {
  const auto charging = CarbonScheduleOf(Of("B", DerType::kBattery, {-10, 0}, {58, 58}), kHour, std::nullopt);
  EXPECT_DOUBLE_EQ(charging.storage->energy_kwh, 50) << "8 of 10 kWh came in";
  const auto giving = CarbonScheduleOf(Of("B", DerType::kBattery, {10, 0}, {30, 30}), kHour, 0.2);
  EXPECT_DOUBLE_EQ(giving.storage->energy_kwh, 50) << "20 kWh left for 10";
  EXPECT_EQ(giving.storage->intensity_kg_per_kwh, 0.2);
  const auto half_hours = CarbonScheduleOf(Of("B", DerType::kBattery, {-10, 0}, {54, 54}), kHour / 2, std::nullopt);
  EXPECT_DOUBLE_EQ(half_hours.storage->energy_kwh, 50);
}

TEST(EnergyFollows, UnlessTheEfficienciesHaveChangedSince) {
  store::DerSchedule battery = Of("B", DerType::kBattery, {-10, 10}, {58, 38});
  EXPECT_TRUE(EnergyFollows(battery, kHour));
  battery.der.parameters.discharge_efficiency = 1;
  EXPECT_FALSE(EnergyFollows(battery, kHour));
  CarbonBook book = Book();
  ASSERT_TRUE(book.Add(battery).ok());
  EXPECT_THAT(book.Assumptions(), Contains(HasSubstr("held in the run does not follow")));
}

TEST(CarbonBook, RowsTellOwnIntensityOrContent) {
  CarbonBook book = Book(0.2);
  const auto sun = book.Add(Of("SUN", DerType::kSolar, {100, 50}));
  ASSERT_TRUE(sun.ok()) << sun.status();
  EXPECT_DOUBLE_EQ(sun->displaced_kg(), 35);
  EXPECT_TRUE(sun->has_emitted_kg()) << "0 shows";
  EXPECT_TRUE(sun->has_own_kg_per_kwh());
  EXPECT_FALSE(sun->own_declared());
  EXPECT_FALSE(sun->has_stored_kg());
  const auto battery = book.Add(Of("BAT", DerType::kBattery, {-10, 10}, {58, 38}));
  ASSERT_TRUE(battery.ok());
  EXPECT_FALSE(battery->has_own_kg_per_kwh());
  EXPECT_DOUBLE_EQ(battery->stored_at_begin_kwh(), 50);
  EXPECT_DOUBLE_EQ(battery->stored_at_begin_kg(), 10);
  EXPECT_DOUBLE_EQ(battery->emitted_kg(), 11 * 20.0 / 58);
  EXPECT_DOUBLE_EQ(battery->stored_at_begin_kg() + battery->stored_change_kg(), battery->stored_kg());
  EXPECT_DOUBLE_EQ(battery->emitted_kg() + battery->stored_kg(), 11) << "nothing is made or lost";
  EXPECT_THAT(book.Assumptions(), Not(Contains(HasSubstr("held at the begin")))) << "it was given";
}

TEST(CarbonBook, OwnersAreSumsInOrderAndPaged) {
  CarbonBook book = Book();
  for (const char* owner : {"zoe", "adam", "zoe"}) {
    ASSERT_TRUE(book.Add(Of("SUN", DerType::kSolar, {100, 0}, {}, owner)).ok());
  }
  const auto all = book.Owners("", 10);
  ASSERT_THAT(all, SizeIs(2));
  EXPECT_EQ(all[0].owner_id(), "adam");
  EXPECT_EQ(all[1].der_count(), 2);
  EXPECT_DOUBLE_EQ(all[1].avoided_kg(), 20);
  EXPECT_EQ(all[1].der_id(), "");
  ASSERT_THAT(book.Owners("adam", 1), SizeIs(1));
  EXPECT_EQ(book.Owners("adam", 1)[0].owner_id(), "zoe");
  EXPECT_EQ(book.Total().der_count(), 3);
  EXPECT_DOUBLE_EQ(book.Total().avoided_kg(), 30);
  EXPECT_FALSE(book.Total().has_stored_kg());
}

TEST(CarbonBook, RefusesAScheduleOfAnotherLength) {
  CarbonBook book = Book();
  EXPECT_EQ(base::ReasonOf(book.Add(Of("SUN", DerType::kSolar, {1})).status()), "INVALID_SERIES");
}

}  // namespace
}  // namespace derms::optimizer
