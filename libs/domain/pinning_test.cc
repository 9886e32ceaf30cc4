// What live orders are pinned to of a DER, all together, is never more than the DER could do before the oldest of them.
#include "libs/domain/pinning.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "absl/strings/str_cat.h"
#include "libs/domain/emergency_control.h"

namespace derms::domain {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1700000000);
const RegionTree kNoRegions;

Der MakeDer(DerType type, double capacity_kw) {
  Der der;
  der.der_id = "X-01";
  der.type = type;
  der.capacity_kw = capacity_kw;
  der.stored_status = DerStatus::kOnline;
  der.registered_at = kNow - absl::Hours(1);
  if (type == DerType::kBattery) der.parameters.energy_capacity_kwh = 4 * capacity_kw;
  return der;
}

Reading ReadingOf(double power_kw, absl::Time measured_at) {
  Reading reading;
  reading.der_id = "X-01";
  reading.power_kw = power_kw;
  reading.measured_at = measured_at;
  return reading;
}

EmergencyOrder OrderOf(EmergencyKind kind, double fraction, int number = 1) {
  EmergencyOrder order;
  order.emergency_id = absl::StrCat("E-", number);
  order.number = number;
  order.der_id = "ALL_DERS";
  order.kind = kind;
  order.starts_at = kNow + absl::Seconds(10 * number);
  order.ends_at = order.starts_at + absl::Hours(1);
  for (int type = 1; type <= 6; ++type) {
    order.shares.push_back(
        {.type = static_cast<DerType>(type), .der_count = 1, .headroom_kw = 1, .fraction = fraction});
  }
  return order;
}

std::optional<double> TargetKw(const EmergencyOrder& order, const DerState& state) {
  const auto control = ControlOf(order, state, kNoRegions);
  return control ? control->power_kw : std::nullopt;
}

TEST(Pinning, TakesThePowerBeforeTheOrderWhateverTheDerDoesSince) {
  const Der der = MakeDer(DerType::kHydro, 100);
  const EmergencyOrder order = OrderOf(EmergencyKind::kInject, 0.5);
  const Reading before = ReadingOf(20, kNow);
  for (const double now_kw : {0.0, 20.0, 60.0, 100.0}) {
    const DerState state = StateToPin(der, {.before = before, .now = ReadingOf(now_kw, order.starts_at), .held = {}});
    EXPECT_EQ(TargetKw(order, state), 60) << now_kw;
  }
}

TEST(Pinning, LeavesToOlderOrdersWhatTheyHold) {
  const Der der = MakeDer(DerType::kHydro, 100);
  Holding held;
  held.left.inject = 0.25;
  held.base_kw = 20;
  // Three quarters of 80 kW are held, and it follows: 80 kW now. Of the 20 kW that are left the order takes half.
  const DerState state = StateToPin(der, {.before = ReadingOf(80, kNow), .now = {}, .held = held});
  EXPECT_EQ(TargetKw(OrderOf(EmergencyKind::kInject, 0.5, 2), state), 90);
}

TEST(Pinning, ADerWhosePowerBeforeIsNotKnownStaysAsItIs) {
  const Der der = MakeDer(DerType::kHydro, 100);
  const DerState state = StateToPin(der, {.before = {}, .now = ReadingOf(70, kNow), .held = {}});
  EXPECT_EQ(TargetKw(OrderOf(EmergencyKind::kInject, 0.5), state), 70);
  EXPECT_EQ(TargetKw(OrderOf(EmergencyKind::kInject, 0.5), StateToPin(der, {})), std::nullopt) << "nothing is known";
}

TEST(Pinning, AReduceTakesItsPartOfThePowerBeforeIt) {
  const Der der = MakeDer(DerType::kHydro, 100);
  const EmergencyOrder order = OrderOf(EmergencyKind::kReduce, 0.25);
  const auto limit_kw = [&](AroundStart around) {
    const auto control = ControlOf(order, StateToPin(der, std::move(around)), kNoRegions);
    return control ? control->max_power_kw : std::nullopt;
  };
  for (const double now_kw : {0.0, 60.0, 80.0, 100.0}) {
    EXPECT_EQ(limit_kw({.before = ReadingOf(80, kNow), .now = ReadingOf(now_kw, order.starts_at), .held = {}}), 60);
  }
  EXPECT_EQ(limit_kw({.before = {}, .now = ReadingOf(70, kNow), .held = {}}), 70) << "nobody knows what it gave before";
  EXPECT_EQ(limit_kw({}), std::nullopt) << "nothing is known";
}

TEST(Pinning, WhatWasPinnedIsNotComputedAgain) {
  const Der der = MakeDer(DerType::kHydro, 100);
  DerState state{.der = &der, .reading = ReadingOf(70, kNow), .available_kw = {}};
  state.pinned_kw = 42;
  EXPECT_EQ(TargetKw(OrderOf(EmergencyKind::kInject, 0.5), state), 42);
  state.reading.reset();
  EXPECT_EQ(TargetKw(OrderOf(EmergencyKind::kInject, 0.5), state), 42) << "also without a reading";
  EXPECT_EQ(TargetKw(OrderOf(EmergencyKind::kCurtailAll, 0), state), 0) << "a shutdown is not pinned";
}

// A DER under order after order, each pinned when it is given; in between it goes some way towards what it was told, or
// all the way, and sometimes its power before the orders, or before one of them, is forgotten.
class ManyOrders : public ::testing::TestWithParam<int> {
 protected:
  double Between(double low, double high) { return std::uniform_real_distribution<double>(low, high)(random_); }
  bool Sometimes(double share) { return Between(0, 1) < share; }

  std::mt19937_64 random_{static_cast<std::uint64_t>(GetParam())};
};

TEST_P(ManyOrders, ArePinnedToNoMoreThanTheDerCanDo) {
  const DerType type = Sometimes(0.5) ? DerType::kBattery : DerType::kHydro;
  const Der der = MakeDer(type, Between(1, 1000));
  const double charge_kw = CapabilityOf(der).min_kw;
  const double base_kw = Between(charge_kw, der.capacity_kw);
  const DerState at_first{.der = &der, .reading = ReadingOf(base_kw, kNow), .available_kw = {}};
  Holdings live;
  double power_kw = base_kw, held_share = 0;
  for (int number = 1; number <= 6; ++number) {
    const bool absorb = type == DerType::kBattery && Sometimes(0.4);
    const EmergencyOrder order =
        OrderOf(absorb ? EmergencyKind::kAbsorb : EmergencyKind::kInject, Between(0, 1), number);
    Holding held{.left = live.LeftOf(der, kNoRegions), .base_kw = {}};
    if (!live.empty() && Sometimes(0.8)) held.base_kw = base_kw;
    const Reading now = ReadingOf(power_kw, order.starts_at);
    const bool known = Sometimes(0.8);
    const DerState state =
        StateToPin(der, {.before = known ? std::optional(now) : std::nullopt, .now = now, .held = held});
    const auto target_kw = TargetKw(order, state);
    ASSERT_TRUE(target_kw);
    EXPECT_GE(*target_kw, charge_kw - 1e-9);
    EXPECT_LE(*target_kw, der.capacity_kw + 1e-9);
    const double change_kw = absorb ? power_kw - *target_kw : *target_kw - power_kw;
    EXPECT_GE(change_kw, -1e-9);
    const double headroom_kw = HeadroomKw(order.kind, at_first, absl::Hours(1));
    if (change_kw > 1e-9) held_share += change_kw / headroom_kw;
    EXPECT_LE(held_share, 1 + 1e-6) << "order " << number << " of " << GetParam();
    live.Put(order);
    power_kw += Between(0, 1) * (*target_kw - power_kw);
  }
}

// The lowest limit takes in all that was promised, whatever the DER does in between: it follows or not, or its own
// power falls.
TEST_P(ManyOrders, ThatReduceTakeTogetherWhatWasPromisedOfThem) {
  const Der der = MakeDer(Sometimes(0.5) ? DerType::kSolar : DerType::kHydro, Between(1, 1000));
  const double base_kw = Between(0, der.capacity_kw);
  Holdings live;
  double power_kw = base_kw, limit_kw = der.capacity_kw, promised_kw = 0;
  for (int number = 1; number <= 6; ++number) {
    const EmergencyOrder order = OrderOf(EmergencyKind::kReduce, Between(0.01, 1), number);
    Holding held{.left = live.LeftOf(der, kNoRegions), .base_kw = {}};
    if (!live.empty()) held.base_kw = base_kw;
    const DerState state = StateToPin(der, {.before = ReadingOf(power_kw, kNow), .now = {}, .held = held});
    const double part_kw =
        FractionOf(order.shares, der.type) * HeadroomLeftKw(order.kind, state, order.ends_at - order.starts_at);
    const auto control = ControlOf(order, state, kNoRegions);
    if (control) limit_kw = std::min(limit_kw, control->max_power_kw.value());
    promised_kw += part_kw;
    EXPECT_GE(limit_kw, 0);
    EXPECT_LE(limit_kw, base_kw - promised_kw + 1e-9) << "order " << number << " of " << GetParam();
    if (control) {
      EXPECT_LE(*control->max_power_kw, power_kw - part_kw + 1e-9) << "less than it did, by its part";
    }
    live.Put(order);
    power_kw -= Between(0, 1) * std::max(0.0, power_kw - limit_kw);
    if (Sometimes(0.3)) power_kw *= Between(0, 1);
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, ManyOrders, ::testing::Range(0, 500));

}  // namespace
}  // namespace derms::domain
