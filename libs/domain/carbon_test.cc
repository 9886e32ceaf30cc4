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

struct Report {
  std::vector<CarbonAccount> ders;
  CarbonAccount total;
  std::string method;
  std::vector<std::string> assumptions;
};

absl::StatusOr<Report> AccountCarbon(const CarbonQuestion& question, const std::vector<CarbonSchedule>& schedules) {
  ASSIGN_OR_RETURN(CarbonLedger ledger, CarbonLedger::Open(question));
  Report report;
  for (const CarbonSchedule& schedule : schedules) {
    ASSIGN_OR_RETURN(const CarbonAccount account, ledger.Add(schedule));
    report.ders.push_back(account);
  }
  report.total = ledger.total();
  report.method = ledger.method();
  report.assumptions = ledger.assumptions().Sentences(question.scope);
  return report;
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
  EXPECT_THAT(report->assumptions, ElementsAre("what 1 BATTERY DER held at the begin counts as 0.35844 kg/kWh"));
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

TEST(AccountCarbon, TheTotalIsASumAndAssumptionsAreCounted) {
  CarbonSchedule declared = Of(DerType::kHydro, {10, 10});
  declared.own_kg_per_kwh = 0;
  CarbonQuestion question = TwoHours(0.5, 0.2);
  question.scope = EmissionScope::kLifeCycle;
  const auto report = AccountCarbon(
      question, {Of(DerType::kSolar, {10, 0}), Of(DerType::kSolar, {0, 10}), Of(DerType::kWind, {0, 10}), declared});
  ASSERT_TRUE(report.ok());
  double avoided_kg = 0;
  for (const CarbonAccount& account : report->ders) avoided_kg += account.avoided_kg();
  EXPECT_DOUBLE_EQ(report->total.avoided_kg(), avoided_kg);
  EXPECT_DOUBLE_EQ(report->total.displaced_kg, 5 + 2 + 2 + 7);
  EXPECT_THAT(report->assumptions,
              ElementsAre("2 SOLAR DERs declare no emissions and count as 0.045 kg/kWh",
                          "1 WIND DER declares no emissions and counts as 0.011 kg/kWh",
                          HasSubstr("what is declared of the emissions of 1 DER counts as it is")));
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

TEST(AreaMix, WeighsImportsAndGenerationByEnergy) {
  AreaMix mix({0.4, 0.4, 0.4}, {50, 0, 0});
  mix.Add({50, 10, -5}, 0);
  mix.Add({0, 10, 0}, 0.8);
  EXPECT_THAT(mix.Intensity(), ElementsAre(0.2, 0.4, 0.4)) << "nothing used: the grid's";
}

}  // namespace
}  // namespace derms::domain
