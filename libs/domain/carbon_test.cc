#include "libs/domain/carbon.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <random>

#include "libs/base/error.h"

namespace derms::domain {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

CarbonQuestion TwoHours(double first, double second) {
  return {.interval = absl::Hours(1), .grid_kg_per_kwh = {first, second}};
}
CarbonSchedule Of(DerType type, std::vector<double> power_kw, std::string owner = "owner-1") {
  return {.der_id = "DER-1", .owner_id = std::move(owner), .type = type, .power_kw = std::move(power_kw)};
}

TEST(AccountCarbon, ARenewableAvoidsWhatTheGridNeedNotMake) {
  const auto report = AccountCarbon(TwoHours(0.5, 0.2), {Of(DerType::kSolar, {100, 50})});
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_DOUBLE_EQ(report->total.output_kwh, 150);
  EXPECT_DOUBLE_EQ(report->total.displaced_kg, 60);
  EXPECT_DOUBLE_EQ(report->total.emitted_kg, 0);
  EXPECT_DOUBLE_EQ(report->total.avoided_kg(), 60);
}

TEST(AccountCarbon, TheScopeDecidesWhatCounts) {
  CarbonQuestion question = TwoHours(0.5, 0.5);
  question.scope = EmissionScope::kLifeCycle;
  const auto report = AccountCarbon(question, {Of(DerType::kSolar, {100, 100})});
  ASSERT_TRUE(report.ok());
  EXPECT_DOUBLE_EQ(report->total.emitted_kg, 200 * 0.045);
  EXPECT_THAT(report->method, HasSubstr("life-cycle"));
  EXPECT_THAT(report->assumptions, Contains(HasSubstr("0.045 kg/kWh")));
}

TEST(AccountCarbon, WhatTheOwnerDeclaresWins) {
  CarbonSchedule cell = Of(DerType::kFuelCell, {10, 10});
  cell.own_kg_per_kwh = 0.8;
  const auto report = AccountCarbon(TwoHours(0.5, 0.5), {cell});
  ASSERT_TRUE(report.ok());
  EXPECT_DOUBLE_EQ(report->total.avoided_kg(), 10 - 16) << "dirtier than the grid: less than nothing is avoided";
  EXPECT_THAT(report->assumptions, IsEmpty());
  cell.own_kg_per_kwh.reset();
  EXPECT_DOUBLE_EQ(AccountCarbon(TwoHours(0.5, 0.5), {cell})->total.emitted_kg, 20 * 0.458);
}

TEST(AccountCarbon, ABatteryAvoidsWhatItMovesFromCleanToDirtyHours) {
  CarbonSchedule battery = Of(DerType::kBattery, {-100, 81});
  battery.storage = CarbonStorage{.charge_efficiency = 0.9, .discharge_efficiency = 0.9};
  const auto report = AccountCarbon(TwoHours(0.1, 0.6), {battery});
  ASSERT_TRUE(report.ok());
  EXPECT_NEAR(report->total.emitted_kg, 10, 1e-9) << "all that was charged, losses included";
  EXPECT_NEAR(report->total.displaced_kg, 48.6, 1e-9);
  EXPECT_NEAR(report->total.avoided_kg(), 38.6, 1e-9);
  EXPECT_NEAR(report->total.stored_kg, 0, 1e-9);
}

TEST(AccountCarbon, WhatIsStillHeldIsNotEmittedYet) {
  CarbonSchedule battery = Of(DerType::kBattery, {-100, 0});
  battery.storage = CarbonStorage{.energy_kwh = 50, .intensity_kg_per_kwh = 0.2};
  const auto report = AccountCarbon(TwoHours(0.4, 0.4), {battery});
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->total.emitted_kg, 0);
  EXPECT_DOUBLE_EQ(report->total.stored_change_kg, 40);
  EXPECT_DOUBLE_EQ(report->total.stored_kg, 50);
}

TEST(AccountCarbon, AnUnknownContentIsAssumedAndSaid) {
  CarbonSchedule battery = Of(DerType::kBattery, {10, 0});
  battery.storage = CarbonStorage{.energy_kwh = 100};
  const auto report = AccountCarbon(TwoHours(0.4, 0.4), {battery});
  ASSERT_TRUE(report.ok());
  EXPECT_NEAR(report->total.emitted_kg, 3.5844, 1e-9);
  EXPECT_THAT(report->assumptions, ElementsAre(HasSubstr("held at the start counts as 0.35844")));
}

TEST(AccountCarbon, ChargingFromTheMixIsCleanerThanFromTheMargin) {
  CarbonQuestion question = TwoHours(0.5, 0.5);
  question.intake_kg_per_kwh = {0.05, 0.05};
  CarbonSchedule battery = Of(DerType::kBattery, {-10, 10});
  battery.storage = CarbonStorage{};
  const auto report = AccountCarbon(question, {battery});
  ASSERT_TRUE(report.ok());
  EXPECT_DOUBLE_EQ(report->total.emitted_kg, 0.5);
  EXPECT_THAT(report->method, HasSubstr("the area's mix"));
}

TEST(AccountCarbon, OwnersAndTotalAreSums) {
  const auto report = AccountCarbon(TwoHours(0.5, 0.2), {Of(DerType::kSolar, {10, 0}), Of(DerType::kWind, {0, 10}),
                                                         Of(DerType::kHydro, {10, 10}, "owner-2")});
  ASSERT_TRUE(report.ok());
  EXPECT_DOUBLE_EQ(report->by_owner.at("owner-1").avoided_kg(), 7);
  EXPECT_DOUBLE_EQ(report->by_owner.at("owner-2").avoided_kg(), 7);
  EXPECT_DOUBLE_EQ(report->total.avoided_kg(), 14);
  EXPECT_EQ(report->ders.size(), 3u);
}

TEST(AccountCarbon, TheCarbonOfABatteryIsConservedOverAnySchedule) {
  std::mt19937 random(8);
  std::uniform_real_distribution<double> power(-100, 100), intensity(0, 1);
  CarbonQuestion question{.interval = absl::Minutes(15)};
  CarbonSchedule battery = Of(DerType::kBattery, {});
  battery.storage = CarbonStorage{
      .energy_kwh = 200, .intensity_kg_per_kwh = 0.3, .charge_efficiency = 0.95, .discharge_efficiency = 0.95};
  double in_kg = 60;
  for (int t = 0; t < 960; ++t) {
    question.grid_kg_per_kwh.push_back(intensity(random));
    battery.power_kw.push_back(power(random));
    in_kg += std::max(0.0, -battery.power_kw.back()) / 4 * question.grid_kg_per_kwh.back();
  }
  const auto report = AccountCarbon(question, {battery});
  ASSERT_TRUE(report.ok());
  EXPECT_NEAR(in_kg, report->total.emitted_kg + report->total.stored_kg, 1e-6);
}

TEST(AccountCarbon, RefusesSeriesThatDoNotFit) {
  EXPECT_EQ(base::ReasonOf(AccountCarbon(TwoHours(0.5, 0.2), {Of(DerType::kSolar, {1})}).status()), "INVALID_SERIES");
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(base::ReasonOf(AccountCarbon(TwoHours(0.5, nan), {}).status()), "INVALID_SERIES");
}

TEST(MixIntensity, WeighsImportsAndGenerationByEnergy) {
  EXPECT_THAT(MixIntensity({0.4, 0.4, 0.4}, {50, 0, 0}, {{50, 10, 0}, {0, 10, 0}}, {0, 0.8}),
              ElementsAre(0.2, 0.4, 0.4));
}

}  // namespace
}  // namespace derms::domain
