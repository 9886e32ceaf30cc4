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

// 20 kW of 100; the first INJECT takes half of the 80 kW, the second half of what that leaves.
TEST(Pinning, TakesInWhatOlderOrdersAskOfADerThatIsNotThereYet) {
  const Der der = MakeDer(DerType::kHydro, 100);
  const auto second_kw = [&](double power_kw, std::optional<double> first_kw) {
    Holding held;
    held.left.inject = 0.5;
    held.base_kw = 20;
    return TargetKw(
        OrderOf(EmergencyKind::kInject, 0.5, 2),
        StateToPin(der, {.before = ReadingOf(power_kw, kNow), .now = {}, .held = held, .asked_kw = first_kw}));
  };
  for (const double power_kw : {20.0, 35.0, 60.0}) EXPECT_EQ(second_kw(power_kw, 60), 80) << power_kw;
  EXPECT_EQ(second_kw(70, 60), 85) << "who gives more by itself is not told less, and has 30 kW left";
  EXPECT_EQ(second_kw(0, 60), 80) << "its part is of what it had before both";
  EXPECT_EQ(second_kw(20, 95), 97.5) << "an order that is over has brought it near its limit";
}

TEST(Pinning, OfBothKindsTheNewestTakesInTheOlderOnesOfEither) {
  const Der der = MakeDer(DerType::kBattery, 100);
  const auto third_kw = [&](double power_kw) {
    Holding held;  // by an INJECT of 50 kW and an ABSORB of a quarter of 100 kW
    held.left.inject = 0.5;
    held.left.absorb = 0.5;
    held.base_kw = 0;
    return TargetKw(OrderOf(EmergencyKind::kInject, 0.4, 3),
                    StateToPin(der, {.before = ReadingOf(power_kw, kNow), .now = {}, .held = held, .asked_kw = 25}));
  };
  for (const double power_kw : {0.0, 10.0, 25.0, 50.0}) EXPECT_EQ(third_kw(power_kw), 35) << power_kw;
}

TEST(Pinning, ADerWhosePowerBeforeIsNotKnownStaysAsItIs) {
  const Der der = MakeDer(DerType::kHydro, 100);
  const DerState state = StateToPin(der, {.before = {}, .now = ReadingOf(70, kNow), .held = {}});
  EXPECT_EQ(TargetKw(OrderOf(EmergencyKind::kInject, 0.5), state), 70);
  EXPECT_EQ(TargetKw(OrderOf(EmergencyKind::kInject, 0.5), StateToPin(der, {})), std::nullopt) << "nothing is known";
  const AroundStart asked{.before = {}, .now = ReadingOf(70, kNow), .held = {}, .asked_kw = 80};
  EXPECT_EQ(TargetKw(OrderOf(EmergencyKind::kInject, 0.5), StateToPin(der, asked)), 80)
      << "or goes where it is asked to";
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
  // What a DER does of what it is told: nothing, all, or some.
  double SomeOf(double kw) {
    const double how = Between(0, 3);
    return how < 1 ? 0 : how < 2 ? kw : (how - 2) * kw;
  }

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
  std::optional<double> asked_kw;
  for (int number = 1; number <= 6; ++number) {
    const bool absorb = type == DerType::kBattery && Sometimes(0.4);
    const EmergencyOrder order =
        OrderOf(absorb ? EmergencyKind::kAbsorb : EmergencyKind::kInject, Between(0, 1), number);
    Holding held{.left = live.LeftOf(der, kNoRegions), .base_kw = {}};
    if (!live.empty() && Sometimes(0.8)) held.base_kw = base_kw;
    const Reading now = ReadingOf(power_kw, order.starts_at);
    const bool known = Sometimes(0.8);
    const DerState state = StateToPin(
        der, {.before = known ? std::optional(now) : std::nullopt, .now = now, .held = held, .asked_kw = asked_kw});
    const auto target_kw = TargetKw(order, state), from_kw = MovedToKw(order.kind, 0, state, absl::Hours(1));
    ASSERT_TRUE(target_kw && from_kw);
    EXPECT_GE(*target_kw, charge_kw - 1e-9);
    EXPECT_LE(*target_kw, der.capacity_kw + 1e-9);
    const double part_kw = absorb ? *from_kw - *target_kw : *target_kw - *from_kw;
    EXPECT_GE(part_kw, -1e-9);
    const double headroom_kw = HeadroomKw(order.kind, at_first, absl::Hours(1));
    if (part_kw > 1e-9) held_share += part_kw / headroom_kw;
    EXPECT_LE(held_share, 1 + 1e-6) << "order " << number << " of " << GetParam();
    live.Put(order);
    asked_kw = target_kw;
    power_kw += SomeOf(*target_kw - power_kw);
  }
}

// The newest set-point is what the DER did before the oldest order and the parts of all, to the digit: whatever the DER
// does of what it is told. So it is the same for one that follows at once and for one that never does.
TEST_P(ManyOrders, AreAllServedWhenTheDerFollowsTheNewest) {
  const DerType type = Sometimes(0.5) ? DerType::kBattery : DerType::kHydro;
  const Der der = MakeDer(type, Between(1, 1000));
  const double base_kw = Between(CapabilityOf(der).min_kw, der.capacity_kw);
  Holdings live;
  double power_kw = base_kw, parts_kw = 0;
  std::optional<double> asked_kw;
  for (int number = 1; number <= 6; ++number) {
    const bool absorb = type == DerType::kBattery && Sometimes(0.4);
    const EmergencyOrder order =
        OrderOf(absorb ? EmergencyKind::kAbsorb : EmergencyKind::kInject, Between(0, 1), number);
    const Holding held{.left = live.LeftOf(der, kNoRegions), .base_kw = base_kw};
    const DerState state = StateToPin(
        der, {.before = ReadingOf(power_kw, order.starts_at), .now = {}, .held = held, .asked_kw = asked_kw});
    const double part_kw = FractionOf(order.shares, type) * HeadroomLeftKw(order.kind, state, absl::Hours(1));
    parts_kw += absorb ? -part_kw : part_kw;
    asked_kw = TargetKw(order, state);
    ASSERT_TRUE(asked_kw);
    EXPECT_NEAR(*asked_kw, base_kw + parts_kw, 1e-9 * der.capacity_kw) << "order " << number << " of " << GetParam();
    live.Put(order);
    power_kw += SomeOf(*asked_kw - power_kw);
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
