#include "libs/domain/emergency_control.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "absl/strings/str_cat.h"
#include "libs/domain/defaults.h"
#include "libs/domain/restoration.h"
#include "libs/domain/setpoint.h"

namespace derms::domain {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1700000000);
const RegionTree kNoRegions;

Der MakeDer(DerType type, double capacity_kw, DerStatus status = DerStatus::kOnline) {
  Der der;
  der.der_id = "X-01";
  der.type = type;
  der.capacity_kw = capacity_kw;
  der.stored_status = status;
  der.registered_at = kNow - absl::Hours(1);
  return der;
}

DerState Measured(const Der& der, double power_kw) {
  Reading reading;
  reading.power_kw = power_kw;
  return {.der = &der, .reading = reading, .available_kw = std::nullopt};
}

EmergencyOrder OrderOf(EmergencyKind kind, double fraction = 0.5) {
  EmergencyOrder order;
  order.emergency_id = "E-1";
  order.der_id = "ALL_DERS";
  order.kind = kind;
  order.starts_at = kNow;
  order.ends_at = kNow + absl::Hours(1);
  order.issued_by = "operator-1";
  for (int type = 1; type <= 6; ++type)
    order.shares.push_back(
        {.type = static_cast<DerType>(type), .der_count = 1, .headroom_kw = 1, .fraction = fraction});
  return order;
}

TEST(OrderControl, NamesTheOrderAndHoldsAsLongAsIt) {
  const Der der = MakeDer(DerType::kSolar, 50);
  EmergencyOrder order = OrderOf(EmergencyKind::kCurtailAll);
  const auto control = ControlOf(order, Measured(der, 30), kNoRegions);
  ASSERT_TRUE(control);
  EXPECT_EQ(control->source, ControlSource::kEmergency);
  EXPECT_EQ(control->control_id, "E-1");
  EXPECT_EQ(control->issued_by, "operator-1");
  EXPECT_EQ(control->issued_at, order.starts_at);
  EXPECT_EQ(control->starts_at, order.starts_at);
  EXPECT_EQ(control->valid_until, order.ends_at);
  EXPECT_FALSE(control->override_limits);
  order.ended_at = kNow + absl::Minutes(5);
  EXPECT_EQ(ControlOf(order, Measured(der, 30), kNoRegions)->valid_until, kNow + absl::Minutes(5)) << "released";
  order.ended_at = order.ends_at + absl::Minutes(5);
  EXPECT_EQ(ControlOf(order, Measured(der, 30), kNoRegions)->valid_until, order.ends_at) << "written down late";
}

TEST(OrderControl, ShutdownsNeedNoReading) {
  const Der der = MakeDer(DerType::kSolar, 50, DerStatus::kOffline);
  const DerState unknown = {.der = &der, .reading = std::nullopt, .available_kw = std::nullopt};
  const auto curtail = ControlOf(OrderOf(EmergencyKind::kCurtailAll), unknown, kNoRegions);
  ASSERT_TRUE(curtail);
  EXPECT_EQ(curtail->power_kw, 0);
  EXPECT_EQ(curtail->max_power_kw, 0);
  EXPECT_FALSE(curtail->connect);
  const auto disconnect = ControlOf(OrderOf(EmergencyKind::kDisconnect), unknown, kNoRegions);
  ASSERT_TRUE(disconnect);
  EXPECT_EQ(disconnect->connect, false);
  EXPECT_FALSE(disconnect->power_kw);
}

TEST(OrderControl, CeaseToEnergizeIsNoPowerEitherWay) {
  const Der der = MakeDer(DerType::kBattery, 50);
  const auto control = ControlOf(OrderOf(EmergencyKind::kCeaseToEnergize), Measured(der, -10), kNoRegions);
  ASSERT_TRUE(control);
  EXPECT_EQ(control->power_kw, 0);
  EXPECT_EQ(control->max_power_kw, 0);
  EXPECT_EQ(control->min_power_kw, 0);
  EXPECT_FALSE(control->connect);
}

TEST(OrderControl, IslandsGiveTheModeAlone) {
  Der der = MakeDer(DerType::kBattery, 50);
  der.parameters.island_category = IslandCategory::kBlackStartCapable;
  const auto island = ControlOf(OrderOf(EmergencyKind::kIsland), Measured(der, 10), kNoRegions);
  ASSERT_TRUE(island);
  EXPECT_EQ(island->mode, OperatingMode::kIslanded);
  EXPECT_FALSE(island->power_kw);
  EXPECT_EQ(ControlOf(OrderOf(EmergencyKind::kBlackStart), Measured(der, 10), kNoRegions)->mode,
            OperatingMode::kBlackStart);
}

TEST(OrderControl, AReduceIsALimitThatNeverRaisesAnybody) {
  const Der der = MakeDer(DerType::kSolar, 50);
  const EmergencyOrder order = OrderOf(EmergencyKind::kReduce, 0.25);
  DerState state = Measured(der, 40);
  EXPECT_EQ(ControlOf(order, state, kNoRegions)->max_power_kw, 30) << "a quarter less than 40";
  EXPECT_FALSE(ControlOf(order, state, kNoRegions)->power_kw);
  state.follows = true;
  EXPECT_EQ(ControlOf(order, state, kNoRegions)->max_power_kw, 40) << "it may give that by the order already";
  state.pinned_kw = 25;
  EXPECT_EQ(ControlOf(order, state, kNoRegions)->max_power_kw, 25) << "what was pinned counts";
  EXPECT_FALSE(ControlOf(OrderOf(EmergencyKind::kReduce, 0), Measured(der, 30), kNoRegions)) << "it uses no solar";
}

TEST(OrderControl, AReduceTakesItsPartOfWhatTheOnesBeforeLeave) {
  const Der der = MakeDer(DerType::kSolar, 50);
  const EmergencyOrder order = OrderOf(EmergencyKind::kReduce, 0.25);
  const auto limit_kw = [&](double measured_kw, Left left, std::optional<double> base_kw = 40) {
    DerState state = Measured(der, measured_kw);
    state.held = {.left = left, .base_kw = base_kw};
    const auto control = ControlOf(order, state, kNoRegions);
    return control ? control->max_power_kw : std::nullopt;
  };
  EXPECT_EQ(limit_kw(20, {.reduce = 0.5}), 15) << "it follows the one before";
  EXPECT_EQ(limit_kw(40, {.reduce = 0.5}), 15) << "it does not yet";
  EXPECT_EQ(limit_kw(10, {.reduce = 0.5}), 7.5) << "clouds have come since: what was promised is taken all the same";
  EXPECT_EQ(limit_kw(20, {.reduce = 0.5}, std::nullopt), 17.5) << "nobody knows what it gave before";
  EXPECT_EQ(limit_kw(20, {.reduce = 0}), std::nullopt) << "nothing is left, so nothing was promised";
  EXPECT_EQ(limit_kw(20, {.inject = 0.5}), std::nullopt) << "an INJECT came first";
  EXPECT_EQ(limit_kw(0, {.shut = true}), std::nullopt) << "a shutdown did";
}

TEST(OrderControl, OverridesLimitsWhenTheOrderDoes) {
  const Der der = MakeDer(DerType::kHydro, 50);
  EmergencyOrder order = OrderOf(EmergencyKind::kInject);
  order.override_limits = true;
  EXPECT_TRUE(ControlOf(order, Measured(der, 10), kNoRegions)->override_limits);
}

TEST(OrderControl, InjectAndAbsorbMoveTheMeasuredPowerByTheFractionOfTheHeadroom) {
  const Der hydro = MakeDer(DerType::kHydro, 100);
  EXPECT_EQ(ControlOf(OrderOf(EmergencyKind::kInject), Measured(hydro, 40), kNoRegions)->power_kw, 70);
  EXPECT_EQ(ControlOf(OrderOf(EmergencyKind::kInject, 0), Measured(hydro, 40), kNoRegions)->power_kw, 40)
      << "what is not used more is held, for the order counts on top of it";

  Der battery = MakeDer(DerType::kBattery, 100);
  battery.parameters.energy_capacity_kwh = 1000;
  DerState state = Measured(battery, 20);
  state.reading->state_of_charge_kwh = 500;
  EXPECT_EQ(ControlOf(OrderOf(EmergencyKind::kInject), state, kNoRegions)->power_kw, 60);
  EXPECT_EQ(ControlOf(OrderOf(EmergencyKind::kAbsorb), state, kNoRegions)->power_kw, -40) << "half of 120 kW down";
}

TEST(OrderControl, SunAndWindAreNotCappedByAnOrderThatUsesNothingOfThem) {
  const Der solar = MakeDer(DerType::kSolar, 100);
  DerState state = Measured(solar, 40);
  EXPECT_FALSE(ControlOf(OrderOf(EmergencyKind::kInject), state, kNoRegions));
  state.available_kw = 60;  // curtailed by 20 kW
  EXPECT_EQ(ControlOf(OrderOf(EmergencyKind::kInject), state, kNoRegions)->power_kw, 50);
}

TEST(OrderControl, AsksNothingOfWhomItDoesNotBindOrDoesNotKnow) {
  const Der hydro = MakeDer(DerType::kHydro, 100), locked = MakeDer(DerType::kHydro, 100, DerStatus::kMaintenance);
  EmergencyOrder order = OrderOf(EmergencyKind::kInject);
  ASSERT_TRUE(ControlOf(order, Measured(hydro, 40), kNoRegions));
  EXPECT_FALSE(ControlOf(order, Measured(locked, 40), kNoRegions));
  EXPECT_FALSE(ControlOf(OrderOf(EmergencyKind::kAbsorb), Measured(hydro, 40), kNoRegions)) << "no storage";

  DerState unknown = Measured(hydro, 40);
  unknown.reading->quality = ReadingQuality::kInvalid;
  EXPECT_FALSE(ControlOf(order, unknown, kNoRegions));
  EXPECT_FALSE(ControlOf(order, Measured(hydro, std::nan("")), kNoRegions));
  unknown.reading.reset();
  EXPECT_FALSE(ControlOf(order, unknown, kNoRegions));

  order.exercise = true;
  EXPECT_FALSE(ControlOf(order, Measured(hydro, 40), kNoRegions)) << "an exercise reaches no device";
}

TEST(OrderControl, ACurtailedBatteryMayChargeForANewerOrder) {
  Der battery = MakeDer(DerType::kBattery, 100);
  battery.parameters.energy_capacity_kwh = 1000;
  DerState state = Measured(battery, 20);
  state.reading->state_of_charge_kwh = 500;
  EmergencyOrder absorb = OrderOf(EmergencyKind::kAbsorb), inject = OrderOf(EmergencyKind::kInject);
  absorb.starts_at = inject.starts_at = kNow + absl::Minutes(1);
  const auto effective_kw = [&](const EmergencyOrder& newer) {
    const std::vector<Control> controls = {*ControlOf(OrderOf(EmergencyKind::kCurtailAll), state, kNoRegions),
                                           *ControlOf(newer, state, kNoRegions)};
    return ResolveSetpoint(CapabilityOf(battery), controls, kNow + absl::Minutes(2)).power_kw;
  };
  EXPECT_LT(effective_kw(absorb), -30);
  EXPECT_EQ(effective_kw(inject), 0) << "but give nothing";
}

TEST(OrderControl, WhatADerWasToldEndsWhenItsTurnToReturnHasCome) {
  const Der der = MakeDer(DerType::kBattery, 100);
  EmergencyOrder order = OrderOf(EmergencyKind::kCurtailAll);
  Instruction told;
  told.valid_until = order.ends_at;
  told.state = InstructionState::kSent;
  EXPECT_EQ(UntilItsTurn(told, order, der, kNow).valid_until, order.ends_at) << "it comes back at once";

  order.restoration.emplace();
  EXPECT_EQ(UntilItsTurn(told, order, der, kNow).valid_until, WayBackOf(order, der).turn);
  order.state = EmergencyState::kReleased;
  order.ended_at = kNow + absl::Minutes(5);
  order.restoration->terms.delay = absl::Minutes(9);
  const absl::Time turn = WayBackOf(order, der).turn;
  const Instruction held = UntilItsTurn(told, order, der, turn - absl::Seconds(1));
  EXPECT_EQ(held.valid_until, turn) << "by the terms of the release";
  EXPECT_EQ(held.state, InstructionState::kSent) << "it holds";
  const Instruction back = UntilItsTurn(told, order, der, turn);
  EXPECT_EQ(back.state, InstructionState::kRevoked);
  EXPECT_EQ(back.state_at, turn);
  told.state = InstructionState::kSucceeded;
  EXPECT_EQ(UntilItsTurn(told, order, der, turn).state, InstructionState::kSucceeded);
  order.state = EmergencyState::kExpired;
  order.ended_at = order.ends_at;
  told.state = InstructionState::kSent;
  const Instruction expired = UntilItsTurn(told, order, der, turn + absl::Hours(2));
  EXPECT_EQ(expired.StateAt(turn + absl::Hours(2)), InstructionState::kExpired);
}

// A fleet as it is when an order is planned.
struct RandomFleet {
  std::vector<Der> ders;
  std::vector<DerState> states;
  explicit RandomFleet(unsigned seed) {
    std::mt19937 random(seed);
    std::uniform_real_distribution<double> share(0, 1);
    const int count = 1 + static_cast<int>(random() % 40);
    for (int i = 0; i < count; ++i) {
      ders.push_back(MakeDer(static_cast<DerType>(1 + random() % 6), 1 + 5000 * share(random)));
      ders.back().der_id = absl::StrCat("X-", i);
      if (random() % 8 == 0) ders.back().stored_status = DerStatus::kMaintenance;
    }
    for (const Der& der : ders) {
      const PowerRange range = CapabilityOf(der);
      DerState state = Measured(der, range.min_kw + (range.max_kw - range.min_kw) * share(random));
      if (IsStorage(der.type))
        state.reading->state_of_charge_kwh = EffectiveParametersOf(der).energy_capacity_kwh * share(random);
      if (random() % 2 == 0) state.available_kw = std::max(0.0, *state.reading->power_kw) * (1 + share(random));
      states.push_back(state);
    }
  }
};

TEST(OrderControlProperty, AllTogetherDoWhatTheOrderPromisesAndNobodyMoreThanItCan) {
  int planned = 0;
  for (unsigned seed = 0; seed < 1000; ++seed) {
    const RandomFleet fleet(seed);
    EmergencyRequest request;
    request.der_id = "ALL_DERS";
    request.power_kw = (seed % 2 == 0 ? 1 : -1) * 11.0 * (seed + 1);
    request.duration = absl::Minutes(30);
    request.reason = "drill";
    request.expected_count = static_cast<int>(fleet.ders.size());
    const auto order = PlanEmergency(request, fleet.states, kNoRegions, kNow);
    if (!order.ok()) continue;
    ++planned;
    double moved_kw = 0;
    for (const DerState& state : fleet.states) {
      const auto control = ControlOf(*order, state, kNoRegions);
      if (!control) continue;
      const EffectiveSetpoint setpoint = ResolveSetpoint(CapabilityOf(*state.der), {*control}, kNow);
      EXPECT_NEAR(setpoint.power_kw, *control->power_kw, 1e-6) << "within the capability";
      moved_kw += *control->power_kw - *state.reading->power_kw;
    }
    EXPECT_NEAR(moved_kw, order->power_kw - order->shortfall_kw, 1e-6 * (1 + std::abs(order->power_kw))) << seed;
  }
  EXPECT_GT(planned, 800);
}

}  // namespace
}  // namespace derms::domain
