#include "services/emergency/setpoint_handlers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/base/error.h"
#include "libs/server/testing/keeping_committer.h"
#include "libs/server/testing/mock_control_queries.h"
#include "libs/server/testing/mock_queries.h"
#include "libs/server/testing/test_calls.h"
#include "libs/server/testing/test_fleet.h"
#include "libs/wire/convert_time.h"
#include "services/emergency/testing/played_expansions.h"

namespace derms::emergency {
namespace {

using domain::ControlSource;
using domain::Instruction;
using server::testing::Admin;
using server::testing::BatteryOf;
using server::testing::CallAs;
using server::testing::kNow;
using server::testing::Operator;
using server::testing::Owner;
using ::testing::_;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Return;
using ::testing::SizeIs;

Instruction Told(ControlSource source, const std::string& control_id, std::optional<double> power_kw) {
  Instruction instruction;
  instruction.der_id = "BAT_1";
  instruction.source = source;
  instruction.control_id = control_id;
  instruction.power_kw = power_kw;
  instruction.issued_at = instruction.starts_at = instruction.state_at = kNow - absl::Minutes(1);
  instruction.valid_until = kNow + absl::Minutes(30);
  instruction.issued_by = "operator-1";
  instruction.revision = 1;
  return instruction;
}

domain::StandingControl LimitOf(double max_power_kw) {
  domain::StandingControl limit;
  limit.control_id = "FEEDER-12";
  limit.der_id = "BAT_1";
  limit.primacy = 65;
  limit.power.max_power_kw = max_power_kw;
  limit.starts_at = limit.put_at = kNow - absl::Hours(1);
  limit.valid_until = kNow + absl::Hours(1);
  limit.put_by = "operator-1";
  limit.revision = 1;
  return limit;
}

domain::EmergencyOrder ShutdownOfNorth() {
  domain::EmergencyOrder order;
  order.emergency_id = "order-1";
  order.region_id = "NORTH";
  order.starts_at = kNow - absl::Minutes(1);
  order.ends_at = kNow + absl::Minutes(9);
  order.issued_by = "operator-1";
  order.revision = 1;
  return order;
}

class SetpointHandlersTest : public ::testing::Test {
 protected:
  SetpointHandlersTest() {
    fleet_.PutDer(BatteryOf("BAT_1"));
    fleet_.PutDer(BatteryOf("BAT_2"));
    domain::Der south = BatteryOf("BAT_3", "owner-2");
    south.region_id = "SOUTH";
    fleet_.PutDer(south);
    ON_CALL(queries_, LoadPlannedStates(_, _, _, _, _)).WillByDefault(Return(domain::PlannedStates()));
    ON_CALL(controls_, ListInstructions(_, _, _, _, _)).WillByDefault(Return(std::vector<Instruction>()));
    ON_CALL(controls_, LoadAsked(_, _, _, _)).WillByDefault([this] { return asked_; });
  }
  auto Poll(domain::Caller caller, const std::vector<std::string>& der_ids = {}, const std::string& token = "") {
    server::Call call = CallAs(std::move(caller));
    v1::PollSetpointsRequest request;
    for (const std::string& id : der_ids) request.add_der_ids(id);
    request.set_page_size(1);
    request.set_page_token(token);
    return handlers_.PollSetpoints(call, request);
  }
  v1::Setpoint PointOfBat1() { return Poll(Admin(), {"BAT_1"}).value().setpoints(0); }
  auto Why(domain::Caller caller, std::optional<absl::Time> at = std::nullopt) {
    server::Call call = CallAs(std::move(caller));
    v1::WhySetpointRequest request;
    request.set_der_id("BAT_1");
    if (at) *request.mutable_at() = wire::ToProto(*at);
    return handlers_.WhySetpoint(call, request);
  }
  void LockOut() {
    domain::Der in_work = BatteryOf("BAT_1");
    in_work.stored_status = domain::DerStatus::kMaintenance;
    fleet_.PutDer(in_work);
  }
  void SetOnline() {
    domain::Der online = BatteryOf("BAT_1");
    online.stored_status = domain::DerStatus::kOnline;
    fleet_.PutDer(online);
  }
  std::vector<std::string> AllPagesOf(const domain::Caller& caller) {
    std::vector<std::string> ids;
    std::string token;
    do {
      const auto page = Poll(caller, {}, token).value();
      for (const auto& point : page.setpoints()) ids.push_back(point.der_id());
      token = page.next_page_token();
    } while (!token.empty());
    return ids;
  }

  server::testing::TestFleet fleet_;
  store::AskedOfDers asked_;  // what the store answers
  ::testing::NiceMock<server::testing::MockQueries> queries_;
  ::testing::NiceMock<server::testing::MockControlQueries> controls_;
  base::ManualClock clock_{kNow};
  base::RandomIdSource ids_;
  HeadroomBook book_{clock_, ids_};
  testing::PlayedExpansions expansions_;
  PinBook pins_{expansions_, book_};
  ControlSheets sheets_{fleet_, queries_, controls_, pins_};
  server::testing::KeepingCommitter committer_;
  SentInstructions sent_{committer_, clock_, absl::InfiniteDuration()};
  Unanswered unanswered_{controls_, absl::Seconds(10)};
  SetpointHandlers handlers_{fleet_, sheets_, sent_, unanswered_};
};

TEST_F(SetpointHandlersTest, WhereNobodySaysAnythingItIsFailSafe) {
  const v1::Setpoint point = PointOfBat1();
  EXPECT_TRUE(point.has_power_kw() && point.has_connected()) << "0 is said, not left out";
  EXPECT_EQ(point.power_kw(), 0);
  EXPECT_TRUE(point.connected());
  EXPECT_FALSE(point.has_max_power_kw());
  EXPECT_EQ(point.source(), v1::CONTROL_SOURCE_FAIL_SAFE);
  EXPECT_EQ(wire::FromProto(point.valid_until()), kNow + kSetpointLife);
}

TEST_F(SetpointHandlersTest, TheStrongestIsClippedByTheLimit) {
  asked_.instructions = {Told(ControlSource::kOwner, "wish", 5), Told(ControlSource::kOperator, "word", 90)};
  asked_.standing = {LimitOf(20)};
  const v1::Setpoint point = PointOfBat1();
  EXPECT_EQ(point.power_kw(), 20);
  EXPECT_EQ(point.max_power_kw(), 20);
  EXPECT_EQ(point.control_id(), "word") << "what acknowledgements name";
}

TEST_F(SetpointHandlersTest, ASetpointEndsWithWhatItComesFrom) {
  asked_.instructions = {Told(ControlSource::kOperator, "word", 90)};
  asked_.instructions[0].valid_until = kNow + absl::Minutes(2);
  EXPECT_EQ(wire::FromProto(PointOfBat1().valid_until()), kNow + absl::Minutes(2));
}

TEST_F(SetpointHandlersTest, InMaintenanceItIsOffTheGrid) {
  LockOut();
  asked_.instructions = {Told(ControlSource::kOperator, "word", 90)};
  const v1::Setpoint point = PointOfBat1();
  EXPECT_FALSE(point.connected());
  EXPECT_EQ(point.power_kw(), 0);
  EXPECT_EQ(point.source(), v1::CONTROL_SOURCE_LOCK_OUT);
}

TEST_F(SetpointHandlersTest, AnOrderCountsOnceAlsoWhenTheDerWasToldItByItself) {
  asked_.orders = {ShutdownOfNorth()};
  EXPECT_THAT(Why(Admin())->controls(), SizeIs(1));
  asked_.instructions = {Told(ControlSource::kEmergency, "order-1", 0)};
  EXPECT_THAT(Why(Admin())->controls(), SizeIs(1)) << "the instruction is the order's";
  EXPECT_EQ(Why(Admin())->controls(0).issued_by(), "operator-1");
}

domain::EmergencyOrder InjectInNorth() {
  domain::EmergencyOrder order = ShutdownOfNorth();
  order.kind = domain::EmergencyKind::kInject;
  order.power_kw = 10;
  order.shares = {{.type = domain::DerType::kBattery, .der_count = 2, .headroom_kw = 100, .fraction = 0.5}};
  return order;
}

domain::Reading ReadingOf(double power_kw, absl::Time measured_at) {
  domain::Reading reading;
  reading.der_id = "BAT_1";
  reading.power_kw = power_kw;
  reading.state_of_charge_kwh = 200;
  reading.measured_at = measured_at;
  return reading;
}

TEST_F(SetpointHandlersTest, ADerThatFollowsAnOrderIsNotDrivenOnByItsOwnReadings) {
  fleet_.Observe(book_);
  SetOnline();
  asked_.orders = {InjectInNorth()};
  fleet_.PutReading(ReadingOf(20, kNow - absl::Minutes(2)));
  fleet_.PutOrder(InjectInNorth());
  EXPECT_EQ(PointOfBat1().power_kw(), 60) << "half of the 80 kW that it could give more";
  for (const double power_kw : {40.0, 60.0}) {
    fleet_.PutReading(ReadingOf(power_kw, kNow + absl::Seconds(power_kw)));
    EXPECT_EQ(PointOfBat1().power_kw(), 60) << power_kw;
  }
}

domain::EmergencyOrder ReduceInNorth() {
  domain::EmergencyOrder order = InjectInNorth();
  order.kind = domain::EmergencyKind::kReduce;
  order.power_kw = -10;
  order.restoration.emplace();
  return order;
}

TEST_F(SetpointHandlersTest, AReduceAsksTheSameHoweverTheDerFollows) {
  fleet_.Observe(book_);
  SetOnline();
  asked_.orders = {ReduceInNorth()};
  fleet_.PutReading(ReadingOf(80, kNow - absl::Minutes(2)));
  fleet_.PutOrder(ReduceInNorth());
  EXPECT_EQ(PointOfBat1().max_power_kw(), 40) << "half of the 80 kW that it gave";
  for (const double power_kw : {60.0, 40.0, 10.0}) {
    fleet_.PutReading(ReadingOf(power_kw, kNow + absl::Seconds(100 - power_kw)));
    EXPECT_EQ(PointOfBat1().max_power_kw(), 40) << power_kw;
  }
}

TEST_F(SetpointHandlersTest, AReduceAsksWhatItsInstructionSaysInAProcessThatBeganLater) {
  fleet_.Observe(book_);
  SetOnline();
  asked_.orders = {ReduceInNorth()};
  asked_.instructions = {Told(ControlSource::kEmergency, "order-1", std::nullopt)};
  asked_.instructions[0].max_power_kw = 40;
  fleet_.PutReading(ReadingOf(10, kNow + absl::Seconds(1)));
  EXPECT_EQ(PointOfBat1().max_power_kw(), 40) << "clouds have come, and may go";
  const auto why = Why(Admin());
  ASSERT_THAT(why->controls(), SizeIs(1));
  EXPECT_EQ(why->controls(0).max_power_kw(), 40);
  asked_.orders[0].state = domain::EmergencyState::kReleased;
  asked_.orders[0].ended_at = kNow - absl::Seconds(1);
  EXPECT_EQ(PointOfBat1().max_power_kw(), 40) << "it is not back yet";
}

TEST_F(SetpointHandlersTest, OfWhomNoPowerWasKnownAnOrderAsksNothingOnceAllAreTold) {
  fleet_.Observe(book_);
  SetOnline();
  asked_.orders = {ReduceInNorth()};
  fleet_.PutReading(ReadingOf(10, kNow + absl::Seconds(1)));  // its first
  EXPECT_EQ(PointOfBat1().max_power_kw(), 10) << "it may follow the order already";
  asked_.expanded_at["order-1"] = kNow;
  EXPECT_FALSE(PointOfBat1().has_max_power_kw()) << "it was passed over";
  asked_.expanded_at["order-1"] = BatteryOf("BAT_1").updated_at;
  EXPECT_TRUE(PointOfBat1().has_max_power_kw()) << "it has changed since, and may be told yet";
}

TEST_F(SetpointHandlersTest, WhatWasPinnedCountsAsLongAsTheOrder) {
  SetOnline();
  asked_.orders = {InjectInNorth()};
  asked_.instructions = {Told(ControlSource::kEmergency, "order-1", 33)};
  EXPECT_EQ(PointOfBat1().power_kw(), 33) << "without any reading";
  EXPECT_EQ(wire::FromProto(PointOfBat1().valid_until()), kNow + kSetpointLife);
  asked_.orders[0].state = domain::EmergencyState::kReleased;
  asked_.orders[0].ended_at = kNow - absl::Seconds(1);
  EXPECT_EQ(PointOfBat1().source(), v1::CONTROL_SOURCE_FAIL_SAFE) << "released";
  asked_.orders.clear();
  EXPECT_EQ(PointOfBat1().source(), v1::CONTROL_SOURCE_FAIL_SAFE) << "long over";
}

TEST_F(SetpointHandlersTest, AnOrderIsNotedAsSentAgainWhenItsInstructionMayBeThere) {
  asked_.orders = {ShutdownOfNorth()};
  PointOfBat1();
  const auto written = [&] {
    committer_.committed.clear();
    sent_.Write();
    return committer_.committed.size();
  };
  EXPECT_EQ(written(), 1);
  EXPECT_EQ(written(), 0);
  clock_.Advance(SentInstructions::kAgainAfter);
  EXPECT_EQ(written(), 1);
  EXPECT_EQ(std::get<store::InstructionsSent>(committer_.committed[0].writes[0]).names[0].control_id, "order-1");
  clock_.Advance(SentInstructions::kAgainAfter);
  EXPECT_EQ(written(), 0) << "twice is enough";
}

TEST_F(SetpointHandlersTest, WhySaysThatADerIsUnresponsive) {
  asked_.orders = {ShutdownOfNorth()};
  Instruction told = Told(ControlSource::kEmergency, "order-1", 0);
  EXPECT_CALL(controls_, ListInstructions(_, _, _, _, _))
      .WillOnce([&](const store::InstructionFilter& filter, auto&&...) {
        EXPECT_EQ(filter.unanswered_since, kNow - absl::Seconds(10));
        EXPECT_EQ(filter.control_id, "order-1");
        return std::vector<Instruction>{told};
      })
      .WillOnce(Return(std::vector<Instruction>()));
  EXPECT_THAT(Why(Admin())->summary(),
              ::testing::HasSubstr("; the DER is unresponsive: it has not acknowledged the order for 1m"));
  EXPECT_THAT(Why(Admin())->summary(), ::testing::Not(::testing::HasSubstr("unresponsive"))) << "it has answered";
}

TEST_F(SetpointHandlersTest, AMereAcknowledgementDoesNotStandForTheOrder) {
  asked_.orders = {ShutdownOfNorth()};
  asked_.instructions = {Told(ControlSource::kEmergency, "order-1", std::nullopt),
                         Told(ControlSource::kOperator, "word", 90)};
  const v1::Setpoint point = PointOfBat1();
  EXPECT_EQ(point.source(), v1::CONTROL_SOURCE_EMERGENCY);
  EXPECT_EQ(point.power_kw(), 0);
  EXPECT_EQ(point.max_power_kw(), 0);
}

TEST_F(SetpointHandlersTest, NamedOnesComeByIdAndOnce) {
  const auto page = Poll(Owner(), {"BAT_2", "BAT_1", "BAT_2"});
  ASSERT_TRUE(page.ok()) << page.status();
  ASSERT_THAT(page->setpoints(), SizeIs(2));
  EXPECT_EQ(page->setpoints(0).der_id(), "BAT_1");
  EXPECT_EQ(page->next_page_token(), "") << "names are not paged";
  EXPECT_EQ(wire::FromProto(page->as_of()), kNow);
}

TEST_F(SetpointHandlersTest, OneNameThatIsNotTheCallersRefusesAll) {
  EXPECT_EQ(base::ReasonOf(Poll(Owner(), {"BAT_1", "BAT_3"}).status()), "UNAUTHORIZED");
  EXPECT_EQ(base::ReasonOf(Poll(Owner(), {"BAT_1", "BAT_9"}).status()), "DER_NOT_FOUND");
  EXPECT_EQ(base::ReasonOf(Poll(Operator({"SOUTH"}), {"BAT_1"}).status()), "UNAUTHORIZED");
}

TEST_F(SetpointHandlersTest, WithoutNamesEverybodyGetsWhomHeSpeaksFor) {
  EXPECT_THAT(AllPagesOf(Admin()), ElementsAre("BAT_1", "BAT_2", "BAT_3"));
  EXPECT_THAT(AllPagesOf(Operator({"NORTH"})), ElementsAre("BAT_1", "BAT_2"));
  EXPECT_THAT(AllPagesOf(Owner("owner-2")), ElementsAre("BAT_3"));
  EXPECT_EQ(base::ReasonOf(Poll(Admin(), {}, "made up").status()), "INVALID_PAGE_TOKEN");
}

// The first DER of a caller may have been registered a moment ago.
TEST_F(SetpointHandlersTest, ThatACallerSpeaksForNobodyIsSaidOnceMemoryHasCaughtUp) {
  server::Call call = CallAs(Owner("owner-9"));
  EXPECT_FALSE(handlers_.PollSetpoints(call, {}).ok());
  EXPECT_TRUE(call.TakeWants().catch_up);
  const auto second = handlers_.PollSetpoints(call, {});
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_THAT(second->setpoints(), IsEmpty());
}

TEST_F(SetpointHandlersTest, WhyNamesEverybodyByPlace) {
  asked_.instructions = {Told(ControlSource::kOwner, "wish", 5), Told(ControlSource::kOperator, "word", 90)};
  asked_.standing = {LimitOf(20)};
  const auto why = Why(Owner());
  ASSERT_TRUE(why.ok()) << why.status();
  std::vector<std::string> strongest_first;
  for (const auto& control : why->controls()) strongest_first.push_back(control.control_id());
  EXPECT_THAT(strongest_first, ElementsAre("word", "FEEDER-12", "wish"));
  ASSERT_THAT(why->clips(), SizeIs(1));
  EXPECT_EQ(why->clips(0).from_kw(), 90);
  EXPECT_EQ(why->clips(0).to_kw(), 20);
  EXPECT_EQ(why->clips(0).control_index(), 1);
  ASSERT_THAT(why->lost(), SizeIs(1));
  EXPECT_EQ(why->lost(0).control_index(), 2);
  EXPECT_EQ(why->lost(0).against_index(), 0);
  EXPECT_EQ(why->lost(0).reason(), "OUTRANKED");
  EXPECT_EQ(why->summary(),
            "20 kW: 90 kW by operator's instruction word (operator-1), lowered to 20 kW by limit FEEDER-12 of primacy "
            "65 (operator-1)");
}

TEST_F(SetpointHandlersTest, WhyTellsAlsoWhatHeldOrWillHoldWithinAnHour) {
  EXPECT_CALL(controls_, LoadAsked(_, kNow - absl::Hours(1), kNow + absl::Hours(1), _));
  EXPECT_CALL(queries_, LoadPlannedStates(_, kNow - absl::Hours(1), kNow + absl::Hours(1), absl::InfiniteFuture(), _));
  asked_.instructions = {Told(ControlSource::kOperator, "word", 90)};
  asked_.instructions[0].valid_until = kNow;
  const auto why = Why(Admin());
  ASSERT_TRUE(why.ok()) << why.status();
  EXPECT_EQ(why->setpoint().source(), v1::CONTROL_SOURCE_FAIL_SAFE);
  ASSERT_THAT(why->lost(), SizeIs(1));
  EXPECT_EQ(why->lost(0).reason(), "OVER");
  EXPECT_FALSE(why->lost(0).has_against_index());
}

TEST_F(SetpointHandlersTest, OfThePastItSaysWhatWasKnownThen) {
  const absl::Time then = kNow - absl::Hours(5);
  EXPECT_CALL(queries_, LoadPlannedStates(_, _, _, absl::InfiniteFuture(), _));  // of now
  EXPECT_CALL(queries_, LoadPlannedStates(_, then - absl::Hours(1), then + absl::Hours(1), then, _));
  LockOut();
  const auto why = Why(Admin(), then);
  ASSERT_TRUE(why.ok()) << why.status();
  EXPECT_EQ(wire::FromProto(why->at()), then);
  EXPECT_EQ(why->setpoint().source(), v1::CONTROL_SOURCE_FAIL_SAFE) << "MAINTENANCE is known of now alone";
  EXPECT_EQ(Why(Admin(), kNow)->setpoint().source(), v1::CONTROL_SOURCE_LOCK_OUT);
}

TEST_F(SetpointHandlersTest, ThirtyDaysEitherWayAreTold) {
  EXPECT_TRUE(Why(Admin(), kNow - absl::Hours(720)).ok());
  EXPECT_TRUE(Why(Admin(), kNow + absl::Hours(720)).ok());
  const auto refused = Why(Admin(), kNow - absl::Hours(720) - absl::Seconds(1));
  EXPECT_EQ(base::ReasonOf(refused.status()), "TIME_OUT_OF_RANGE");
  ASSERT_THAT(base::ViolationsOf(refused.status()), SizeIs(1));
}

TEST_F(SetpointHandlersTest, WhyIsForWhoSpeaksForTheDer) {
  EXPECT_TRUE(Why(Owner()).ok());
  EXPECT_TRUE(Why(Operator({"NORTH"})).ok());
  EXPECT_EQ(base::ReasonOf(Why(Owner("owner-2")).status()), "UNAUTHORIZED");
  EXPECT_EQ(base::ReasonOf(Why(Operator({"SOUTH"})).status()), "UNAUTHORIZED");
}

TEST_F(SetpointHandlersTest, ErrorsOfTheStoreAreTheAnswer) {
  EXPECT_CALL(controls_, LoadAsked(_, _, _, _)).WillOnce(Return(base::Unavailable("DATABASE_UNAVAILABLE", "gone")));
  EXPECT_EQ(base::ReasonOf(Poll(Admin(), {"BAT_1"}).status()), "DATABASE_UNAVAILABLE");
}

}  // namespace
}  // namespace derms::emergency
