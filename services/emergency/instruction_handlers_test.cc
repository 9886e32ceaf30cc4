#include "services/emergency/instruction_handlers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/base/error.h"
#include "libs/server/testing/mock_control_queries.h"
#include "libs/server/testing/test_calls.h"
#include "libs/server/testing/test_fleet.h"
#include "libs/wire/convert_time.h"

namespace derms::emergency {
namespace {

using domain::ControlSource;
using domain::Instruction;
using domain::InstructionState;
using server::testing::Admin;
using server::testing::BatteryOf;
using server::testing::CallAs;
using server::testing::kNow;
using server::testing::Operator;
using server::testing::Owner;
using ::testing::_;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;
using ::testing::Return;
using ::testing::SizeIs;

v1::IssueInstructionRequest Tell(double power_kw, const std::string& der_id = "BAT_1") {
  v1::IssueInstructionRequest request;
  request.set_der_id(der_id);
  request.mutable_power()->set_power_kw(power_kw);
  request.mutable_duration()->set_seconds(600);
  request.set_reason("soak up solar");
  return request;
}

Instruction Stored(ControlSource source, InstructionState state = InstructionState::kNew,
                   const std::string& der_id = "BAT_1") {
  Instruction instruction;
  instruction.der_id = der_id;
  instruction.source = source;
  instruction.control_id = "i-1";
  instruction.power_kw = 30;
  instruction.issued_at = instruction.starts_at = instruction.state_at = kNow - absl::Minutes(5);
  instruction.valid_until = kNow + absl::Minutes(5);
  instruction.issued_by = "somebody";
  instruction.state = state;
  instruction.revision = 2;
  return instruction;
}

v1::Acknowledgement Acknowledged(v1::InstructionState state, v1::ControlSource source = v1::CONTROL_SOURCE_OPERATOR,
                                 const std::string& control_id = "i-1") {
  v1::Acknowledgement ack;
  ack.set_der_id("BAT_1");
  ack.set_source(source);
  ack.set_control_id(control_id);
  ack.set_state(state);
  return ack;
}

class InstructionHandlersTest : public ::testing::Test {
 protected:
  InstructionHandlersTest() {
    fleet_.PutDer(BatteryOf("BAT_1"));
    domain::Der south = BatteryOf("BAT_2", "owner-2");
    south.region_id = "SOUTH";
    fleet_.PutDer(south);
  }
  auto Issue(domain::Caller caller, const v1::IssueInstructionRequest& request) {
    server::Call call = CallAs(std::move(caller));
    return handlers_.IssueInstruction(call, request);
  }
  std::string IssueReason(domain::Caller caller, const v1::IssueInstructionRequest& request) {
    return base::ReasonOf(Issue(std::move(caller), request).status());
  }
  auto Revoke(domain::Caller caller, std::optional<Instruction> stored) {
    EXPECT_CALL(queries_, GetInstruction(_, std::string_view("i-1"), _)).WillRepeatedly(Return(std::move(stored)));
    server::Call call = CallAs(std::move(caller));
    v1::RevokeInstructionRequest request;
    request.set_der_id("BAT_1");
    request.set_control_id("i-1");
    return handlers_.RevokeInstruction(call, request);
  }
  auto List(domain::Caller caller, const v1::ListInstructionsRequest& request) {
    server::Call call = CallAs(std::move(caller));
    return handlers_.ListInstructions(call, request);
  }
  auto Acknowledge(domain::Caller caller, const v1::Acknowledgement& ack) {
    server::Call call = CallAs(std::move(caller));
    return handlers_.Acknowledge(call, ack);
  }
  std::string AckReason(const v1::Acknowledgement& ack, domain::Caller caller = Owner()) {
    return base::ReasonOf(Acknowledge(std::move(caller), ack).status());
  }

  server::testing::TestFleet fleet_;
  server::testing::CountingIds ids_;
  ::testing::StrictMock<server::testing::MockControlQueries> queries_;
  Unanswered unanswered_{queries_, absl::Seconds(10)};
  InstructionHandlers handlers_{fleet_, queries_, ids_, unanswered_};
};

TEST_F(InstructionHandlersTest, AnOperatorsIsOneRowAndOneEvent) {
  const auto plan = Issue(Operator({"NORTH"}), Tell(-30));
  ASSERT_TRUE(plan.ok()) << plan.status();
  const v1::Instruction& told = plan->response.instruction();
  EXPECT_EQ(told.source(), v1::CONTROL_SOURCE_OPERATOR);
  EXPECT_EQ(told.state(), v1::INSTRUCTION_STATE_NEW);
  EXPECT_EQ(told.power().power_kw(), -30);
  EXPECT_EQ(wire::FromProto(told.valid_until()), kNow + absl::Minutes(10));
  EXPECT_THAT(plan->mutation.writes, SizeIs(1));
  ASSERT_THAT(plan->mutation.events, SizeIs(1));
  EXPECT_EQ(plan->mutation.events[0].resource_id, told.control_id());
  EXPECT_EQ(plan->mutation.events[0].summary, "DER BAT_1 was told: -30 kW: soak up solar");
}

TEST_F(InstructionHandlersTest, OfWhoIsOnlyTheOwnerItIsAWish) {
  EXPECT_EQ(Issue(Owner(), Tell(5))->response.instruction().source(), v1::CONTROL_SOURCE_OWNER);
  const auto both = server::testing::CallerOf("owner-1", {domain::Role::kOwner, domain::Role::kOperator});
  EXPECT_EQ(Issue(both, Tell(5))->response.instruction().source(), v1::CONTROL_SOURCE_OPERATOR);
  EXPECT_EQ(Issue(Admin(), Tell(5))->response.instruction().source(), v1::CONTROL_SOURCE_OPERATOR);
}

TEST_F(InstructionHandlersTest, SharesBecomeKwOfCapacityAndChargingCapacity) {
  domain::Der battery = BatteryOf("BAT_1");
  battery.parameters.charge_capacity_kw = 50;
  fleet_.PutDer(battery);
  auto request = Tell(0);
  request.clear_power();
  request.mutable_power()->set_max_power_share(0.5);
  request.mutable_power()->set_min_power_share(-0.5);
  const auto plan = Issue(Operator(), request);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->response.instruction().power().max_power_kw(), 50);
  EXPECT_EQ(plan->response.instruction().power().min_power_kw(), -25);
}

TEST_F(InstructionHandlersTest, ADisconnectionNeedsNoPower) {
  auto request = Tell(0);
  request.clear_power();
  EXPECT_EQ(IssueReason(Operator(), request), "INVALID_CONTROL");
  request.set_connect(false);
  const auto plan = Issue(Operator(), request);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_TRUE(plan->response.instruction().has_connect());
  EXPECT_EQ(plan->mutation.events.at(0).summary, "DER BAT_1 was told: disconnect: soak up solar");
}

TEST_F(InstructionHandlersTest, ItStartsFromNowToADayAhead) {
  auto request = Tell(1);
  const auto starting = [&](absl::Time at) {
    *request.mutable_starts_at() = wire::ToProto(at);
    return IssueReason(Operator(), request);
  };
  EXPECT_EQ(starting(kNow - absl::Seconds(1)), "INVALID_CONTROL");
  EXPECT_EQ(starting(kNow + absl::Hours(24) + absl::Seconds(1)), "INVALID_CONTROL");
  EXPECT_EQ(starting(kNow + absl::Hours(24)), "");
}

TEST_F(InstructionHandlersTest, RefusesByName) {
  EXPECT_EQ(IssueReason(Admin(), Tell(1, "BAT_9")), "DER_NOT_FOUND");
  EXPECT_EQ(IssueReason(Owner("owner-2"), Tell(1)), "UNAUTHORIZED");
  EXPECT_EQ(IssueReason(Operator({"SOUTH"}), Tell(1)), "UNAUTHORIZED");
  domain::Der gone = BatteryOf("BAT_1");
  gone.lifecycle = domain::Lifecycle::kRetired;
  fleet_.PutDer(gone);
  EXPECT_EQ(IssueReason(Admin(), Tell(1)), "DER_RETIRED");
}

TEST_F(InstructionHandlersTest, ValidateOnlyWritesNothing) {
  auto request = Tell(1);
  request.set_validate_only(true);
  const auto plan = Issue(Operator(), request);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->response.instruction().power().power_kw(), 1);
  EXPECT_THAT(plan->mutation.writes, IsEmpty());
  EXPECT_THAT(plan->mutation.events, IsEmpty());
}

TEST_F(InstructionHandlersTest, RevokedItEndsNow) {
  const auto plan = Revoke(Operator(), Stored(ControlSource::kOperator, InstructionState::kStarted));
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->response.instruction().state(), v1::INSTRUCTION_STATE_REVOKED);
  EXPECT_EQ(wire::FromProto(plan->response.instruction().state_at()), kNow);
  EXPECT_EQ(plan->response.instruction().revision(), 3);
  EXPECT_EQ(plan->mutation.events.at(0).type, domain::EventType::kInstructionRevoked);
}

TEST_F(InstructionHandlersTest, OwnersTakeBackTheirOwnWordsOnly) {
  EXPECT_EQ(base::ReasonOf(Revoke(Owner(), Stored(ControlSource::kOperator)).status()), "UNAUTHORIZED");
  EXPECT_TRUE(Revoke(Owner(), Stored(ControlSource::kOwner)).ok());
  EXPECT_TRUE(Revoke(Operator(), Stored(ControlSource::kOwner)).ok());
}

TEST_F(InstructionHandlersTest, WhatWasDoneAsToldIsRevokedWhileItHolds) {
  const auto plan = Revoke(Operator(), Stored(ControlSource::kOperator, InstructionState::kSucceeded));
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->response.instruction().state(), v1::INSTRUCTION_STATE_REVOKED);
}

TEST_F(InstructionHandlersTest, WhatIsOverOrUnknownIsNotRevoked) {
  EXPECT_EQ(base::ReasonOf(Revoke(Admin(), std::nullopt).status()), "INSTRUCTION_NOT_FOUND");
  EXPECT_EQ(base::ReasonOf(Revoke(Admin(), Stored(ControlSource::kOperator, InstructionState::kAborted)).status()),
            "INSTRUCTION_ENDED");
  Instruction expired = Stored(ControlSource::kOperator);  // nobody has written it down yet
  expired.valid_until = kNow;
  EXPECT_EQ(base::ReasonOf(Revoke(Admin(), expired).status()), "INSTRUCTION_ENDED");
}

TEST_F(InstructionHandlersTest, TheStateShownIsTheOneNow) {
  Instruction expired = Stored(ControlSource::kOperator);
  expired.valid_until = kNow;
  EXPECT_CALL(queries_, ListInstructions(_, _, kNow, _, _)).WillOnce(Return(std::vector{expired}));
  EXPECT_EQ(List(Admin(), {})->instructions(0).state(), v1::INSTRUCTION_STATE_EXPIRED);
}

TEST_F(InstructionHandlersTest, OfAnOrderThatGivesItsDersBackEachEndsWhenItsTurnHasCome) {
  const Instruction told = Stored(ControlSource::kEmergency, InstructionState::kSent);
  domain::EmergencyOrder order;
  order.emergency_id = told.control_id;
  order.kind = domain::EmergencyKind::kCurtailAll;
  order.state = domain::EmergencyState::kReleased;
  order.starts_at = kNow - absl::Hours(2);
  order.ends_at = kNow + absl::Hours(1);
  order.ended_at = kNow;
  order.restoration.emplace();
  EXPECT_CALL(queries_, ListInstructions(_, _, _, _, _)).WillRepeatedly(Return(std::vector{told}));
  EXPECT_CALL(queries_, LoadOrders(ElementsAre("i-1"), _)).WillRepeatedly([&](auto&&...) {
    return std::vector{order};
  });
  const auto held = List(Admin(), {});
  ASSERT_THAT(held->instructions(), SizeIs(1));
  EXPECT_EQ(held->instructions(0).state(), v1::INSTRUCTION_STATE_SENT) << "it holds";
  EXPECT_GE(wire::FromProto(held->instructions(0).valid_until()), kNow + absl::Minutes(5)) << "until its turn";
  v1::ListInstructionsRequest revoked;
  revoked.add_states(v1::INSTRUCTION_STATE_REVOKED);
  EXPECT_THAT(List(Admin(), revoked)->instructions(), SizeIs(0));
  order.ended_at = kNow - absl::Hours(1);
  ASSERT_THAT(List(Admin(), revoked)->instructions(), SizeIs(1)) << "long back";
  EXPECT_LT(wire::FromProto(List(Admin(), revoked)->instructions(0).state_at()), kNow);
}

TEST_F(InstructionHandlersTest, OwnersAreShownTheirOwnAndOperatorsThoseOfTheirRegions) {
  const std::vector<Instruction> all = {Stored(ControlSource::kOperator),
                                        Stored(ControlSource::kOwner, InstructionState::kNew, "BAT_2"),
                                        Stored(ControlSource::kOwner, InstructionState::kNew, "BAT_GONE")};
  EXPECT_CALL(queries_, ListInstructions(Field(&store::InstructionFilter::owner_id, std::nullopt), _, _, _, _))
      .WillRepeatedly(Return(all));
  EXPECT_CALL(
      queries_,
      ListInstructions(Field(&store::InstructionFilter::owner_id, std::optional<std::string>("owner-1")), _, _, _, _))
      .WillOnce(Return(std::vector{all[0]}));
  EXPECT_THAT(List(Owner(), {})->instructions(), SizeIs(1));
  EXPECT_THAT(List(Admin(), {})->instructions(), SizeIs(3));
  const auto south = List(Operator({"SOUTH"}), {});
  ASSERT_THAT(south->instructions(), SizeIs(1));
  EXPECT_EQ(south->instructions(0).der_id(), "BAT_2");
}

TEST_F(InstructionHandlersTest, ADersInstructionsAreForWhoSpeaksForIt) {
  v1::ListInstructionsRequest request;
  request.set_der_id("BAT_1");
  EXPECT_EQ(base::ReasonOf(List(Owner("owner-2"), request).status()), "UNAUTHORIZED");
  EXPECT_EQ(base::ReasonOf(List(Operator({"SOUTH"}), request).status()), "UNAUTHORIZED");
  EXPECT_CALL(queries_, ListInstructions(Field(&store::InstructionFilter::der_id, std::optional<std::string>("BAT_1")),
                                         _, _, _, _))
      .WillOnce(Return(std::vector{Stored(ControlSource::kOperator)}));
  EXPECT_THAT(List(Operator({"NORTH"}), request)->instructions(), SizeIs(1));
}

TEST_F(InstructionHandlersTest, FiltersReachTheStore) {
  v1::ListInstructionsRequest request;
  request.set_source(v1::CONTROL_SOURCE_EMERGENCY);
  request.set_control_id("order-1");
  request.add_states(v1::INSTRUCTION_STATE_REJECTED);
  EXPECT_CALL(queries_, ListInstructions(
                            AllOf(Field(&store::InstructionFilter::source, std::optional(ControlSource::kEmergency)),
                                  Field(&store::InstructionFilter::control_id, std::optional<std::string>("order-1")),
                                  Field(&store::InstructionFilter::states, ElementsAre(InstructionState::kRejected))),
                            _, _, _, _))
      .WillOnce(Return(std::vector<Instruction>()));
  EXPECT_TRUE(List(Admin(), request).ok());
}

TEST_F(InstructionHandlersTest, TheUnresponsiveAreThoseWhoWereToldLongerAgoThanTheTimeout) {
  v1::ListInstructionsRequest request;
  request.set_unresponsive_only(true);
  EXPECT_CALL(queries_, ListInstructions(
                            Field(&store::InstructionFilter::unanswered_since, std::optional(kNow - absl::Seconds(10))),
                            _, _, _, _))
      .WillOnce(Return(std::vector<Instruction>()));
  EXPECT_TRUE(List(Admin(), request).ok());
}

TEST_F(InstructionHandlersTest, PerformanceIsToldWherePowerWasAskedAndReported) {
  Instruction told = Stored(ControlSource::kOperator), unreported = told, unasked = told;
  told.power_kw = unreported.power_kw = 50;
  told.delivered_kw = unasked.delivered_kw = 45;
  unasked.power_kw.reset();
  EXPECT_CALL(queries_, ListInstructions(_, _, _, _, _)).WillOnce(Return(std::vector{told, unreported, unasked}));
  const auto listed = List(Admin(), {});
  EXPECT_DOUBLE_EQ(listed->instructions(0).performance(), 0.9);
  EXPECT_EQ(listed->instructions(0).performance_band(), v1::PERFORMANCE_BAND_PRO_RATA);
  for (const int other : {1, 2}) {
    EXPECT_FALSE(listed->instructions(other).has_performance());
    EXPECT_EQ(listed->instructions(other).performance_band(), v1::PERFORMANCE_BAND_UNSPECIFIED);
  }
}

TEST_F(InstructionHandlersTest, PagesGoOnAfterTheLastRowAlsoOfRowsNotShown) {
  const Instruction last = Stored(ControlSource::kOwner, InstructionState::kNew, "BAT_2");
  EXPECT_CALL(queries_,
              ListInstructions(_, Field(&store::InstructionPlace::issued_at, absl::InfiniteFuture()), _, 1, _))
      .WillOnce(Return(std::vector{last}));
  EXPECT_CALL(queries_,
              ListInstructions(_,
                               AllOf(Field(&store::InstructionPlace::issued_at, last.issued_at),
                                     Field(&store::InstructionPlace::der_id, "BAT_2"),
                                     Field(&store::InstructionPlace::source, static_cast<int>(ControlSource::kOwner)),
                                     Field(&store::InstructionPlace::control_id, "i-1")),
                               _, 1, _))
      .WillOnce(Return(std::vector<Instruction>()));
  v1::ListInstructionsRequest request;
  request.set_page_size(1);
  const auto first = List(Operator({"NORTH"}), request);
  EXPECT_THAT(first->instructions(), IsEmpty());
  request.set_page_token(first->next_page_token());
  EXPECT_EQ(List(Operator({"NORTH"}), request)->next_page_token(), "");
  request.set_control_id("another list");
  EXPECT_EQ(base::ReasonOf(List(Operator({"NORTH"}), request).status()), "INVALID_PAGE_TOKEN");
}

TEST_F(InstructionHandlersTest, AnAcknowledgementIsOneWriteAndNoEvent) {
  const auto plan = Acknowledge(Owner(), Acknowledged(v1::INSTRUCTION_STATE_STARTED));
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->response.state(), v1::INSTRUCTION_STATE_STARTED);
  EXPECT_THAT(plan->mutation.writes, SizeIs(1));
  EXPECT_THAT(plan->mutation.events, IsEmpty());
}

TEST_F(InstructionHandlersTest, OnlyWhatADeviceCanKnowIsAcknowledged) {
  for (const auto state : {v1::INSTRUCTION_STATE_NEW, v1::INSTRUCTION_STATE_SENT, v1::INSTRUCTION_STATE_REVOKED,
                           v1::INSTRUCTION_STATE_SUPERSEDED, v1::INSTRUCTION_STATE_EXPIRED}) {
    EXPECT_EQ(AckReason(Acknowledged(state)), "INVALID_ACKNOWLEDGEMENT") << v1::InstructionState_Name(state);
  }
}

TEST_F(InstructionHandlersTest, WhoDoesNotFollowSaysWhyAndWhoFollowsInPartHowMuch) {
  for (const auto state : {v1::INSTRUCTION_STATE_REJECTED, v1::INSTRUCTION_STATE_ABORTED}) {
    auto ack = Acknowledged(state);
    EXPECT_EQ(AckReason(ack), "INVALID_ACKNOWLEDGEMENT");
    ack.set_detail("inverter too hot");
    EXPECT_EQ(AckReason(ack), "");
  }
  auto partial = Acknowledged(v1::INSTRUCTION_STATE_PARTIAL);
  EXPECT_EQ(AckReason(partial), "INVALID_ACKNOWLEDGEMENT");
  partial.set_delivered_kw(0);
  EXPECT_EQ(AckReason(partial), "");
}

TEST_F(InstructionHandlersTest, OnlyWhoSpeaksForTheDerAcknowledges) {
  const auto ack = Acknowledged(v1::INSTRUCTION_STATE_RECEIVED);
  EXPECT_EQ(AckReason(ack, Owner("owner-2")), "UNAUTHORIZED");
  EXPECT_EQ(AckReason(ack, Operator({"SOUTH"})), "UNAUTHORIZED");
  EXPECT_EQ(AckReason(ack, Operator({"NORTH"})), "");
}

TEST_F(InstructionHandlersTest, AnOrderThatDoesNotBindTheDerHasToldItNothing) {
  domain::EmergencyOrder order;
  order.emergency_id = "order-1";
  order.region_id = "SOUTH";
  order.starts_at = kNow - absl::Minutes(1);
  order.ends_at = kNow + absl::Minutes(9);
  order.revision = 1;
  fleet_.PutOrder(order);
  order.emergency_id = "order-2";
  order.region_id = "NORTH";
  fleet_.PutOrder(order);
  const auto accepted = [](const char* order_id) {
    return Acknowledged(v1::INSTRUCTION_STATE_ACCEPTED, v1::CONTROL_SOURCE_EMERGENCY, order_id);
  };
  EXPECT_EQ(AckReason(accepted("order-1")), "INSTRUCTION_NOT_FOUND");
  EXPECT_EQ(AckReason(accepted("order-2")), "");
  EXPECT_EQ(AckReason(accepted("order-of-yesterday")), "") << "of what is over the store knows";
}

}  // namespace
}  // namespace derms::emergency
