#include "libs/domain/capacity.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "libs/base/error.h"
#include "libs/domain/defaults.h"

namespace derms::domain {
namespace {

CapacityRule RuleOf(DerType type) {
  return DefaultCapacityRules()[static_cast<std::size_t>(type) - 1];
}

auto Check(DerType type, double capacity_kw, const DerParameters& parameters = {}) {
  return CheckRatings(type, capacity_kw, parameters, RuleOf(type));
}

std::vector<std::string> FieldsOf(const absl::Status& status) {
  std::vector<std::string> fields;
  for (const auto& violation : base::ViolationsOf(status)) fields.push_back(violation.field);
  return fields;
}

TEST(Capacity, EveryTypeHasAnOrderedDefaultRule) {
  const auto rules = DefaultCapacityRules();
  ASSERT_EQ(rules.size(), 6u);
  for (std::size_t i = 0; i < rules.size(); ++i) {
    EXPECT_EQ(static_cast<std::size_t>(rules[i].type), i + 1);
    EXPECT_TRUE(CheckCapacityRule(rules[i]).ok());
  }
}

TEST(Capacity, LimitsAreInclusiveForEveryType) {
  for (const CapacityRule& rule : DefaultCapacityRules()) {
    EXPECT_TRUE(Check(rule.type, rule.min_kw).ok()) << DerTypeName(rule.type);
    EXPECT_TRUE(Check(rule.type, rule.max_kw).ok()) << DerTypeName(rule.type);
    EXPECT_TRUE(Check(rule.type, rule.usual_min_kw)->empty());
    EXPECT_TRUE(Check(rule.type, rule.usual_max_kw)->empty());
    for (const double bad :
         {rule.min_kw * 0.999, rule.max_kw * 1.001, 0.0, -5.0, std::nan(""), std::numeric_limits<double>::infinity()}) {
      EXPECT_EQ(base::ReasonOf(Check(rule.type, bad).status()), "INVALID_CAPACITY") << bad;
    }
  }
}

TEST(Capacity, RefusalCarriesTheLimits) {
  const absl::Status refused = Check(DerType::kSolar, 30001).status();
  EXPECT_EQ(refused.message(), "capacity_kw: must be 0.1 to 30000 kW for SOLAR");
  const std::vector<std::pair<std::string, std::string>> limits = {
      {"type", "SOLAR"}, {"min_kw", "0.1"}, {"max_kw", "30000"}};
  EXPECT_EQ(base::MetadataOf(refused), limits);
}

TEST(Capacity, UnusualIsAllowedWithAWarning) {
  ASSERT_EQ(Check(DerType::kSolar, 24824.1)->size(), 1u);
  EXPECT_EQ(Check(DerType::kSolar, 24824.1)->front().find("UNUSUAL_CAPACITY"), 0u);
  EXPECT_EQ(Check(DerType::kBattery, 100, {.energy_capacity_kwh = 900})->size(), 1u) << "nine hours";
}

TEST(Capacity, StorageFieldsAreForStorageOnlyAndAllAreNamed) {
  DerParameters parameters;
  parameters.energy_capacity_kwh = 10;
  parameters.wear_usd_per_kwh = 0.1;
  parameters.energy_budget_kwh_per_day = 5;
  const absl::Status refused = Check(DerType::kSolar, 100, parameters).status();
  EXPECT_EQ(base::ReasonOf(refused), "INVALID_PARAMETERS");
  const std::vector<std::string> fields = {"parameters.energy_capacity_kwh", "parameters.wear_usd_per_kwh",
                                           "parameters.energy_budget_kwh_per_day"};
  EXPECT_EQ(FieldsOf(refused), fields);
}

TEST(Capacity, StorageEnergiesFitIntoEachOther) {
  EXPECT_TRUE(Check(DerType::kBattery, 10, {.energy_capacity_kwh = 40, .min_energy_kwh = 39}).ok());
  EXPECT_FALSE(Check(DerType::kBattery, 10, {.energy_capacity_kwh = 40, .min_energy_kwh = 41}).ok());
  EXPECT_FALSE(Check(DerType::kBattery, 10, {.energy_capacity_kwh = 40, .initial_energy_kwh = 1}).ok()) << "in reserve";
  EXPECT_FALSE(Check(DerType::kBattery, 10, {.energy_capacity_kwh = 40, .final_energy_kwh = 40.1}).ok());
  const absl::Status huge = Check(DerType::kBattery, 10, {.energy_capacity_kwh = 80000.1}).status();
  EXPECT_EQ(base::ReasonOf(huge), "INVALID_CAPACITY");
  EXPECT_EQ(FieldsOf(huge), std::vector<std::string>{"parameters.energy_capacity_kwh"});
}

TEST(Capacity, MinimumOutputIsAtMostCapacity) {
  EXPECT_TRUE(Check(DerType::kFuelCell, 440, {.min_output_kw = 440}).ok());
  EXPECT_FALSE(Check(DerType::kFuelCell, 440, {.min_output_kw = 441}).ok());
  EXPECT_TRUE(Check(DerType::kBattery, 440, {.min_output_kw = 0}).ok());
  EXPECT_FALSE(Check(DerType::kBattery, 440, {.min_output_kw = 1}).ok());
}

TEST(Capacity, InvertersHaveReactivePowerWithinATolerance) {
  EXPECT_TRUE(Check(DerType::kSolar, 1422.2, {.reactive_capability_kvar = 625.8}).ok()) << "0.44 is 625.768";
  EXPECT_TRUE(Check(DerType::kSolar, 1000, {.reactive_capability_kvar = 439.6}).ok());
  EXPECT_FALSE(Check(DerType::kSolar, 1000, {.reactive_capability_kvar = 439.5}).ok());
  EXPECT_FALSE(Check(DerType::kSolar, 1000, {.reactive_capability_kvar = 1002}).ok());
  EXPECT_TRUE(Check(DerType::kHydro, 1000, {.reactive_capability_kvar = 0}).ok()) << "a synchronous machine";
}

TEST(Capacity, RulesMustBeOrdered) {
  EXPECT_FALSE(CheckCapacityRule({DerType::kSolar, 10, 5, 10, 5}).ok());
  EXPECT_FALSE(CheckCapacityRule({DerType::kSolar, 0, 5, 1, 2}).ok());
  EXPECT_FALSE(CheckCapacityRule({DerType::kSolar, 1, std::numeric_limits<double>::infinity(), 1, 2}).ok());
  EXPECT_FALSE(CheckCapacityRule({DerType::kSolar, 1, 5, std::nan(""), 2}).ok());
}

TEST(Defaults, OfEveryTypeAndSizeAreConsistent) {
  for (const CapacityRule& rule : DefaultCapacityRules()) {
    for (const double capacity_kw : {rule.min_kw, rule.usual_min_kw, rule.usual_max_kw, rule.max_kw}) {
      const EffectiveParameters p = EffectiveParametersOf(rule.type, capacity_kw, {});
      EXPECT_TRUE(CheckRatings(rule.type, capacity_kw, {}, rule).ok());
      EXPECT_LE(p.min_output_kw, capacity_kw);
      EXPECT_GT(p.ramp_up_kw_per_min, 0);
      EXPECT_EQ(p.energy_capacity_kwh > 0, IsStorage(rule.type));
    }
  }
  EXPECT_NEAR(EffectiveParametersOf(DerType::kBattery, 1, {}).charge_efficiency *
                  EffectiveParametersOf(DerType::kBattery, 1, {}).discharge_efficiency,
              0.96 * 0.96 * 0.975, 1e-5);
}

TEST(Defaults, WhatTheOwnerGivesWins) {
  EXPECT_EQ(EffectiveParametersOf(DerType::kGeothermal, 100, {}).min_output_kw, 50);
  EXPECT_EQ(EffectiveParametersOf(DerType::kGeothermal, 100, {.min_output_kw = 0}).min_output_kw, 0);
}

TEST(Ratings, APlantIsOfTheTypeAndDoesNotContradictItself) {
  DerParameters parameters;
  parameters.plant = Plant(SolarPlant{.tilt_deg = 30});
  EXPECT_TRUE(Check(DerType::kSolar, 100, parameters).ok());
  const auto battery = Check(DerType::kBattery, 100, parameters);
  EXPECT_EQ(base::ReasonOf(battery.status()), "INVALID_PARAMETERS");
  EXPECT_EQ(FieldsOf(battery.status()), std::vector<std::string>{"parameters.plant"});
  parameters.plant = Plant(WindPlant{.power_curve = {{12, 1}, {3, 0}}});
  EXPECT_EQ(FieldsOf(Check(DerType::kWind, 100, parameters).status()),
            std::vector<std::string>{"parameters.plant.wind.power_curve"});
}

}  // namespace
}  // namespace derms::domain
