#include "libs/domain/standing_control.h"

#include <gtest/gtest.h>

#include "libs/base/error.h"

namespace derms::domain {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'790'000'000);

RegionTree Tree() {
  return RegionTree({{.region_id = "CA"}, {.region_id = "NORTH", .parent_region_id = "CA"}, {.region_id = "OTHER"}});
}

Der Battery() {
  Der der;
  der.der_id = "BATT_1";
  der.type = DerType::kBattery;
  der.capacity_kw = 100;
  der.region_id = "NORTH";
  der.parameters.charge_capacity_kw = 50;
  return der;
}

StandingControl LimitOf(PowerTerms power) {
  StandingControl control;
  control.control_id = "FEEDER-12";
  control.der_id = "BATT_1";
  control.power = power;
  control.starts_at = kNow;
  control.valid_until = kNow + absl::Hours(1);
  return control;
}

std::vector<std::string> BrokenFields(const StandingControl& control) {
  std::vector<std::string> fields;
  const absl::Status status = CheckStandingControl(control, kNow);
  EXPECT_TRUE(status.ok() || base::ReasonOf(status) == "INVALID_CONTROL") << status;
  for (const auto& violation : base::ViolationsOf(status)) fields.push_back(violation.field);
  return fields;
}

using Fields = std::vector<std::string>;

TEST(StandingControl, SaysWhichRuleIsBroken) {
  EXPECT_EQ(BrokenFields(LimitOf({.max_power_kw = 10})), Fields{});
  EXPECT_EQ(BrokenFields(LimitOf({})), Fields{"power"});
  EXPECT_EQ(BrokenFields(LimitOf({.power_kw = 5, .max_power_kw = 10})), Fields{"power.power_kw"});
  EXPECT_EQ(BrokenFields(LimitOf({.max_power_kw = 1, .min_power_kw = 2})), Fields{"power.min_power_kw"});
  EXPECT_EQ(BrokenFields(LimitOf({.max_power_kw = 1, .max_power_share = 0.5})), Fields{"power.max_power_share"});

  StandingControl of_region = LimitOf({.max_power_kw = 1});
  of_region.der_id.clear();
  EXPECT_EQ(BrokenFields(of_region), (Fields{"der_id", "power"}));
  of_region.region_id = "NORTH";
  EXPECT_EQ(BrokenFields(of_region), Fields{"power"});
  of_region.power = {.max_power_share = 0.5};
  EXPECT_EQ(BrokenFields(of_region), Fields{});

  StandingControl late = LimitOf({.max_power_kw = 1});
  late.valid_until = kNow;
  EXPECT_EQ(BrokenFields(late), Fields{"valid_until"});
  late.valid_until = kNow + absl::Hours(24 * 366 * 11);
  EXPECT_EQ(BrokenFields(late), Fields{"valid_until"});
}

TEST(StandingControl, ADefaultMaySetPowerOrOnlyLimitIt) {
  StandingControl control = LimitOf({.power_share = 0.3});
  control.kind = StandingKind::kDefault;
  EXPECT_EQ(BrokenFields(control), Fields{});
  control.power = {.max_power_kw = 3};
  EXPECT_EQ(BrokenFields(control), Fields{});
  control.power = {};
  EXPECT_EQ(BrokenFields(control), Fields{"power"});
}

TEST(StandingControl, SharesAreOfCapacityAndNegativeOnesOfChargingCapacity) {
  const auto control = ControlOf(LimitOf({.max_power_share = 0.2, .min_power_share = -0.2}), Battery(), Tree());
  ASSERT_TRUE(control);
  EXPECT_EQ(control->source, ControlSource::kLimit);
  EXPECT_DOUBLE_EQ(control->max_power_kw.value(), 20);
  EXPECT_DOUBLE_EQ(control->min_power_kw.value(), -10);
  EXPECT_FALSE(control->power_kw);
}

TEST(StandingControl, ReachesTheDersOfItsScope) {
  StandingControl control = LimitOf({.max_power_share = 0.2});
  const auto reaches = [&](const std::string& der_id, const std::string& region_id) {
    control.der_id = der_id;
    control.region_id = region_id;
    return ControlOf(control, Battery(), Tree()).has_value();
  };
  EXPECT_TRUE(reaches("BATT_1", ""));
  EXPECT_FALSE(reaches("BATT_2", ""));
  EXPECT_TRUE(reaches("ALL_DERS", ""));
  EXPECT_TRUE(reaches("", "NORTH"));
  EXPECT_TRUE(reaches("", "CA"));
  EXPECT_FALSE(reaches("", "OTHER"));
}

TEST(StandingControl, OfDefaultsTheNarrowestScopeIsTheStrongest) {
  StandingControl control = LimitOf({.power_share = 0.2});
  control.kind = StandingKind::kDefault;
  const auto primacy = [&](const std::string& der_id, const std::string& region_id) {
    control.der_id = der_id;
    control.region_id = region_id;
    return ControlOf(control, Battery(), Tree())->primacy;
  };
  EXPECT_EQ(primacy("BATT_1", ""), 0);
  EXPECT_EQ(primacy("", "NORTH"), 1);
  EXPECT_EQ(primacy("", "CA"), 2);
  EXPECT_EQ(primacy("ALL_DERS", ""), 255);
}

TEST(StandingControl, HeldUntilItWasReplaced) {
  StandingControl control = LimitOf({.max_power_kw = 1});
  EXPECT_EQ(ControlOf(control, Battery(), Tree())->valid_until, kNow + absl::Hours(1));
  control.replaced_at = kNow + absl::Minutes(5);
  EXPECT_EQ(ControlOf(control, Battery(), Tree())->valid_until, kNow + absl::Minutes(5));
}

}  // namespace
}  // namespace derms::domain
