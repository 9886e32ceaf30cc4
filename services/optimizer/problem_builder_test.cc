#include "services/optimizer/problem_builder.h"

#include <gmock/gmock.h>

#include <cmath>

#include "libs/base/error.h"
#include "libs/dispatch/validate.h"

namespace derms::optimizer {
namespace {

using domain::DerStatus;
using domain::DerType;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

const absl::Time kStart = absl::FromUnixSeconds(1594800000);

// An area with one part, two hours, a price and a load; tests add DERs.
class ProblemBuilderTest : public ::testing::Test {
 protected:
  ProblemBuilderTest() {
    area_.region_id = "CA";
    area_.load_series_id = "load";
    area_.import_price_series_id = "price";
    area_.import_limit_kw = 1000;
    part_.region_id = "NORTH";
    part_.parent_region_id = "CA";
    part_.export_limit_kw = 50;
    input_.regions = {&area_, &part_};
    input_.horizon = {kStart, absl::Hours(1), 2, kStart};
    input_.now = kStart;
    Series("load", domain::SeriesKind::kLoadKw, {100, 200});
    Series("price", domain::SeriesKind::kPriceUsdPerKwh, {0.1, 0.2});
    Series("sun", domain::SeriesKind::kAvailabilityShare, {0.5, 1.0});
  }

  void Series(const std::string& id, domain::SeriesKind kind, std::vector<double> values) {
    input_.series[id] = {id, kind, kStart, absl::Hours(1), std::move(values)};
  }

  FleetMember& Add(std::string id, DerType type, DerStatus status = DerStatus::kOnline) {
    FleetMember member;
    member.der.der_id = std::move(id);
    member.der.type = type;
    member.der.capacity_kw = 80;
    member.der.region_id = "NORTH";
    if (type == DerType::kSolar) member.der.parameters.availability_series_id = "sun";
    if (type == DerType::kBattery) member.der.parameters.energy_capacity_kwh = 320;
    member.status = status;
    input_.fleet.push_back(std::move(member));
    return input_.fleet.back();
  }

  domain::Region area_, part_;
  ProblemInput input_;
};

TEST_F(ProblemBuilderTest, ABuiltProblemIsValid) {
  for (const DerType type :
       {DerType::kSolar, DerType::kBattery, DerType::kHydro, DerType::kGeothermal, DerType::kFuelCell}) {
    Add("D" + std::to_string(static_cast<int>(type)), type);
  }
  const auto built = BuildProblem(input_);
  ASSERT_TRUE(built.ok()) << built.status();
  EXPECT_TRUE(dispatch::Validate(built->problem).ok()) << dispatch::Validate(built->problem);
  EXPECT_THAT(built->der_ids, SizeIs(5));
  EXPECT_THAT(built->problem.regions[0].demand_kw, ElementsAre(100, 200));
  EXPECT_THAT(built->problem.regions[0].import_limit_kw, ElementsAre(1000, 1000));
  EXPECT_EQ(built->problem.regions[1].parent, 0);
  EXPECT_THAT(built->problem.regions[1].export_limit_kw, ElementsAre(50, 50));
}

TEST_F(ProblemBuilderTest, AvailabilityIsAShareOfCapacityAndSharedByAllThatNameIt) {
  Add("S1", DerType::kSolar);
  Add("S2", DerType::kSolar);
  const auto built = BuildProblem(input_);
  ASSERT_TRUE(built.ok());
  EXPECT_THAT(built->problem.profiles, SizeIs(1));
  const auto& solar = std::get<dispatch::Renewable>(built->problem.devices[0].kind);
  EXPECT_DOUBLE_EQ(built->problem.at(solar.availability_kw, 0), 40);
  EXPECT_FALSE(built->problem.devices[0].reserve_up) << "weather is no promise";
}

TEST_F(ProblemBuilderTest, NamesWhoIsLeftOutAndWhy) {
  Add("OFF", DerType::kBattery, DerStatus::kOffline);
  Add("MNT", DerType::kBattery, DerStatus::kMaintenance);
  Add("EMG", DerType::kBattery, DerStatus::kEmergency);
  Add("NOSUN", DerType::kSolar).der.parameters.availability_series_id = "unknown";
  Add("WIND", DerType::kWind);
  Add("OK", DerType::kBattery, DerStatus::kOptimized);
  input_.excluded_types = {DerType::kWind};
  const auto built = BuildProblem(input_);
  ASSERT_TRUE(built.ok());
  EXPECT_THAT(built->der_ids, ElementsAre("OK"));
  std::vector<std::string> reasons;
  for (const auto& excluded : built->excluded) reasons.push_back(excluded.reason);
  EXPECT_THAT(reasons, ElementsAre("NOT_ONLINE", "MAINTENANCE", "EMERGENCY", "SERIES_MISSING", "EXCLUDED_TYPE"));
}

TEST_F(ProblemBuilderTest, NothingLeftIsAnErrorThatSaysWhatToDo) {
  Add("OFF", DerType::kBattery, DerStatus::kOffline);
  const auto built = BuildProblem(input_);
  EXPECT_EQ(base::ReasonOf(built.status()), "NO_ELIGIBLE_DERS");
  EXPECT_THAT(std::string(built.status().message()), HasSubstr("ONLINE"));
}

TEST_F(ProblemBuilderTest, AMissingLoadStopsTheRun) {
  Add("B", DerType::kBattery);
  Series("load", domain::SeriesKind::kLoadKw, {100});
  EXPECT_EQ(base::ReasonOf(BuildProblem(input_).status()), "SERIES_MISSING");
  input_.series.erase("price");
  EXPECT_EQ(base::ReasonOf(BuildProblem(input_).status()), "SERIES_MISSING");
}

TEST_F(ProblemBuilderTest, AFreshReadingSetsTheInitialEnergyAndAStaleOneDoesNot) {
  auto& battery = Add("B", DerType::kBattery);
  battery.der.parameters.initial_energy_kwh = 160;
  battery.reading =
      domain::Reading{.der_id = "B", .measured_at = kStart - absl::Minutes(1), .state_of_charge_kwh = 200};
  const auto initial_kwh = [&] {
    const auto built = BuildProblem(input_);
    return std::get<dispatch::Storage>(built->problem.devices[0].kind).initial_energy_kwh;
  };
  EXPECT_DOUBLE_EQ(initial_kwh(), 200);
  battery.reading->quality = domain::ReadingQuality::kInvalid;
  EXPECT_DOUBLE_EQ(initial_kwh(), 160);
  battery.reading->quality = domain::ReadingQuality::kValid;
  battery.reading->measured_at = kStart - absl::Hours(2);
  EXPECT_DOUBLE_EQ(initial_kwh(), 160);
  battery.reading->measured_at = kStart;
  input_.now = kStart + absl::Hours(24 * 365);  // a study of a past day
  EXPECT_DOUBLE_EQ(initial_kwh(), 160);
}

TEST_F(ProblemBuilderTest, TheScheduleInForceSaysWhereDersComeFromThatRememberIt) {
  Add("B1", DerType::kBattery);
  Add("OFF", DerType::kBattery, DerStatus::kOffline);
  Add("S", DerType::kSolar);
  Add("F", DerType::kFuelCell);
  Add("B2", DerType::kBattery, DerStatus::kOptimized);
  EXPECT_THAT(KeysOfPlannedRows(input_.fleet),
              ElementsAre(base::DerKeyOf("B1"), base::DerKeyOf("F"), base::DerKeyOf("B2")));
  input_.planned.bounds = {kStart - absl::Hours(1), kStart};
  input_.planned.power_kw = {0, 60, 0};
  input_.planned.state_of_charge_kwh = {111, std::nanf(""), 222};
  const auto built = BuildProblem(input_);
  ASSERT_TRUE(built.ok()) << built.status();
  ASSERT_THAT(built->der_ids, ElementsAre("B1", "S", "F", "B2"));
  const auto& devices = built->problem.devices;
  EXPECT_DOUBLE_EQ(std::get<dispatch::Storage>(devices[0].kind).initial_energy_kwh, 111);
  EXPECT_EQ(std::get<dispatch::Unit>(devices[2].kind).initial_kw, 60);
  EXPECT_DOUBLE_EQ(std::get<dispatch::Storage>(devices[3].kind).initial_energy_kwh, 222);
  input_.now = kStart + absl::Hours(24);  // a study of a past day
  EXPECT_EQ(std::get<dispatch::Unit>(BuildProblem(input_)->problem.devices[2].kind).initial_kw, std::nullopt);
}

// kStart is 08:00 UTC: a third of the day is over.
TEST_F(ProblemBuilderTest, WhatTheDayHasGivenBeforeIsMissingInItsRest) {
  Add("H1", DerType::kHydro).der.parameters.energy_budget_kwh_per_day = 96;
  Add("H2", DerType::kHydro).der.parameters.energy_budget_kwh_per_day = 96;
  Add("FREE", DerType::kHydro);
  Add("OFF", DerType::kHydro, DerStatus::kOffline).der.parameters.energy_budget_kwh_per_day = 96;
  EXPECT_THAT(KeysOfWaterRows(input_.fleet), ElementsAre(base::DerKeyOf("H1"), base::DerKeyOf("H2")));
  input_.water.bounds = {kStart - absl::Hours(8), kStart};
  input_.water.power_kw = {10, 4};
  const auto budget_kwh = [&](std::size_t device) {
    const auto built = BuildProblem(input_);
    EXPECT_EQ(dispatch::Validate(built->problem), absl::OkStatus());
    return std::get<dispatch::Hydro>(built->problem.devices[device].kind).energy_budget_kwh;
  };
  EXPECT_EQ(budget_kwh(0), (96 - 80) * 2 / 16.0) << "two of the sixteen hours that are left";
  EXPECT_EQ(budget_kwh(1), (96 - 32) * 2 / 16.0);
  EXPECT_EQ(budget_kwh(2), std::nullopt);
  input_.now = kStart + absl::Hours(24);  // a study of a past day
  EXPECT_EQ(budget_kwh(0), 96 * 2 / 24.0);
}

TEST_F(ProblemBuilderTest, TwoDaysHaveTwoBudgets) {
  Add("H", DerType::kHydro).der.parameters.energy_budget_kwh_per_day = 96;
  input_.horizon.interval_count = 24;
  Series("load", domain::SeriesKind::kLoadKw, std::vector<double>(24, 100));
  Series("price", domain::SeriesKind::kPriceUsdPerKwh, std::vector<double>(24, 0.1));
  (void)KeysOfWaterRows(input_.fleet);
  input_.water.bounds = {kStart - absl::Hours(8), kStart};
  input_.water.power_kw = {10};
  const auto built = BuildProblem(input_);
  ASSERT_EQ(built.status(), absl::OkStatus());
  EXPECT_EQ(dispatch::Validate(built->problem), absl::OkStatus());
  const auto& hydro = std::get<dispatch::Hydro>(built->problem.devices[0].kind);
  EXPECT_EQ(hydro.energy_budget_kwh, std::nullopt);
  ASSERT_THAT(hydro.period_budgets, SizeIs(2));
  EXPECT_EQ(hydro.period_budgets[0].intervals.end, 16);
  EXPECT_EQ(hydro.period_budgets[0].energy_kwh, 96 - 80);
  EXPECT_EQ(hydro.period_budgets[1].intervals.end, 24);
  EXPECT_EQ(hydro.period_budgets[1].energy_kwh, 96 * 8 / 24.0);
  const std::string before = ProblemDigest(built->problem);
  input_.water.power_kw = {9};
  EXPECT_NE(ProblemDigest(BuildProblem(input_)->problem), before);
}

TEST_F(ProblemBuilderTest, OnlyFuelCellsMayBeSwitchedOff) {
  Add("F", DerType::kFuelCell);
  Add("G", DerType::kGeothermal);
  const auto built = BuildProblem(input_);
  EXPECT_TRUE(std::get<dispatch::Unit>(built->problem.devices[0].kind).committable);
  EXPECT_FALSE(std::get<dispatch::Unit>(built->problem.devices[1].kind).committable);
}

TEST_F(ProblemBuilderTest, TheDigestChangesWithAnyInput) {
  Add("B", DerType::kBattery);
  const std::string before = ProblemDigest(BuildProblem(input_)->problem);
  EXPECT_EQ(before, ProblemDigest(BuildProblem(input_)->problem));
  input_.fleet[0].der.capacity_kw = 81;
  EXPECT_NE(before, ProblemDigest(BuildProblem(input_)->problem));
}

TEST_F(ProblemBuilderTest, NeededSeriesAreThoseOfRegionsAndDers) {
  Add("S", DerType::kSolar);
  EXPECT_THAT(NeededSeries(input_.regions, input_.fleet), ElementsAre("load", "price", "sun"));
}

}  // namespace
}  // namespace derms::optimizer
