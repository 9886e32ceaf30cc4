// The two-person rule: an order that waits binds nobody until a second person has said yes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/base/error.h"
#include "libs/server/testing/mock_approval_queries.h"
#include "libs/server/testing/mock_queries.h"
#include "libs/server/testing/test_calls.h"
#include "libs/server/testing/test_fleet.h"
#include "libs/wire/convert_time.h"
#include "services/emergency/approval_convert.h"
#include "services/emergency/emergency_handlers.h"
#include "services/emergency/testing/headroom_samples.h"

namespace derms::emergency {
namespace {

using domain::EmergencyApproval;
using domain::EmergencyState;
using server::testing::Admin;
using server::testing::CallAs;
using server::testing::kNow;
using server::testing::Operator;
using ::testing::_;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Return;
using ::testing::SizeIs;

v1::AllocateEmergencyRequest DisconnectionOf(const std::string& region_id) {
  v1::AllocateEmergencyRequest request;
  request.set_region_id(region_id);
  request.set_power_kw(0);
  request.set_kind(v1::EMERGENCY_KIND_DISCONNECT);
  request.mutable_duration()->set_seconds(600);
  request.set_reason("line 7 is down");
  return request;
}

class ApprovalHandlersTest : public ::testing::Test {
 protected:
  ApprovalHandlersTest() {
    fleet_.Observe(book_);
    for (const char* id : {"BAT_1", "BAT_2"}) Add(id);
  }
  void Add(const char* der_id) {
    domain::Der der = server::testing::BatteryOf(der_id);
    der.stored_status = domain::DerStatus::kOnline;
    fleet_.PutDer(std::move(der));
    book_.OnReading(testing::Reads(der_id, kNow - absl::Minutes(1), 0, 400));
  }
  // What an order could be promised of it, with what the book has given away.
  double FreeKw(const char* der_id) {
    const auto order = book_.Rehearse(testing::Asking(100, der_id));
    EXPECT_TRUE(order.ok()) << order.status();
    return order->power_kw - order->shortfall_kw;
  }
  auto Allocate(const v1::AllocateEmergencyRequest& request, domain::Caller caller = Operator()) {
    server::Call call = CallAs(std::move(caller));
    return handlers_.AllocateEmergency(call, request);
  }
  // What the store would hand back of an order that was asked for by operator-1.
  EmergencyApproval Asked(const v1::AllocateEmergencyRequest& request) {
    auto plan = Allocate(request);
    EXPECT_TRUE(plan.ok()) << plan.status();
    return std::get<store::ApprovalRequest>(plan->mutation.writes.at(0)).approval;
  }
  auto Approve(domain::Caller caller, const EmergencyApproval& stored, std::optional<int> expected_count = {},
               const char* decline = nullptr) {
    EXPECT_CALL(approvals_, GetApproval(_, _)).WillOnce(Return(std::optional(stored)));
    v1::ApproveEmergencyRequest request;
    request.set_emergency_id(stored.emergency_id);
    if (expected_count) request.set_expected_count(*expected_count);
    if (decline != nullptr) {
      request.set_decline(true);
      request.set_reason(decline);
    }
    server::Call call = CallAs(std::move(caller));
    return handlers_.ApproveEmergency(call, request);
  }
  std::string Reason(domain::Caller caller, const EmergencyApproval& stored) {
    return base::ReasonOf(Approve(std::move(caller), stored).status());
  }

  server::testing::TestFleet fleet_;
  server::testing::CountingIds ids_;
  ::testing::StrictMock<server::testing::MockQueries> queries_;
  ::testing::StrictMock<server::testing::MockApprovalQueries> approvals_;
  base::ManualClock clock_{kNow};
  HeadroomBook book_{clock_, ids_};
  EmergencyHandlers handlers_{fleet_, queries_, approvals_, ids_, book_, ApprovalRule::Parse("DISCONNECT").value()};
};

TEST_F(ApprovalHandlersTest, AKindOfTheSettingWaitsAndHoldsNothing) {
  const auto plan = Allocate(DisconnectionOf("NORTH"));
  ASSERT_TRUE(plan.ok()) << plan.status();
  const v1::EmergencyOrder& order = plan->response.order();
  EXPECT_EQ(order.state(), v1::EMERGENCY_STATE_PENDING_APPROVAL);
  EXPECT_EQ(order.kind(), v1::EMERGENCY_KIND_DISCONNECT);
  EXPECT_EQ(order.der_count(), 2);
  EXPECT_EQ(order.issued_by(), "operator-1");
  EXPECT_EQ(order.reason(), "line 7 is down");
  EXPECT_EQ(order.duration().seconds(), 600);
  EXPECT_FALSE(order.has_starts_at());
  EXPECT_EQ(wire::FromProto(order.approval_expires_at()), kNow + absl::Minutes(15));
  ASSERT_THAT(plan->mutation.writes, SizeIs(1));
  EXPECT_TRUE(std::holds_alternative<store::ApprovalRequest>(plan->mutation.writes[0]));
  EXPECT_EQ(plan->mutation.events.at(0).type, domain::EventType::kEmergencyRequested);
  EXPECT_EQ(plan->mutation.events.at(0).resource_id, order.emergency_id());
  EXPECT_EQ(FreeKw("BAT_1"), 100);
}

TEST_F(ApprovalHandlersTest, WhatAsksForItWaitsWhateverItsKindAndExercisesOnlyThen) {
  auto request = DisconnectionOf("NORTH");
  request.set_exercise(true);
  EXPECT_EQ(Allocate(request)->response.order().state(), v1::EMERGENCY_STATE_ACTIVE);
  request.set_require_approval(true);
  EXPECT_EQ(Allocate(request)->response.order().state(), v1::EMERGENCY_STATE_PENDING_APPROVAL);
  auto curtail = DisconnectionOf("NORTH");
  curtail.set_kind(v1::EMERGENCY_KIND_CURTAIL_ALL);
  EXPECT_EQ(Allocate(curtail)->response.order().state(), v1::EMERGENCY_STATE_ACTIVE);
  curtail.set_require_approval(true);
  EXPECT_EQ(Allocate(curtail)->response.order().state(), v1::EMERGENCY_STATE_PENDING_APPROVAL);
}

TEST_F(ApprovalHandlersTest, ARehearsalSaysThatItWouldWaitAndStoresNothing) {
  auto request = DisconnectionOf("NORTH");
  request.set_validate_only(true);
  const auto plan = Allocate(request);
  EXPECT_EQ(plan->response.order().state(), v1::EMERGENCY_STATE_PENDING_APPROVAL);
  EXPECT_EQ(plan->response.order().emergency_id(), "");
  EXPECT_THAT(plan->mutation.writes, IsEmpty());
}

TEST_F(ApprovalHandlersTest, ASecondPersonPutsItInForceUnderItsId) {
  const EmergencyApproval asked = Asked(DisconnectionOf("NORTH"));
  auto plan = Approve(Admin(), asked);
  ASSERT_TRUE(plan.ok()) << plan.status();
  const v1::EmergencyOrder& order = plan->response.order();
  EXPECT_EQ(order.emergency_id(), asked.emergency_id);
  EXPECT_EQ(order.state(), v1::EMERGENCY_STATE_ACTIVE);
  EXPECT_EQ(order.issued_by(), "operator-1");
  EXPECT_EQ(order.approved_by(), "admin-1");
  EXPECT_EQ(wire::FromProto(order.decided_at()), kNow);
  EXPECT_EQ(wire::FromProto(order.ends_at()), kNow + absl::Minutes(10)) << "its time begins now";
  ASSERT_THAT(plan->mutation.writes, SizeIs(2)) << "decision and order together or not at all";
  EXPECT_EQ(std::get<store::EmergencyInsert>(plan->mutation.writes[0]).order.emergency_id, asked.emergency_id);
  EXPECT_EQ(std::get<store::ApprovalDecision>(plan->mutation.writes[1]).approval.state, EmergencyState::kActive);
  const domain::Event& event = plan->mutation.events.at(0);
  EXPECT_EQ(event.type, domain::EventType::kEmergencyAllocation);
  EXPECT_THAT(event.summary, HasSubstr("Asked for by operator-1, approved by admin-1"));
  EXPECT_EQ(FreeKw("BAT_1"), 0) << "from the plan on";
}

TEST_F(ApprovalHandlersTest, ItIsPlannedOfTheFleetAsItIsWhenApproved) {
  const EmergencyApproval asked = Asked(DisconnectionOf("NORTH"));
  Add("BAT_3");
  EXPECT_EQ(Approve(Admin(), asked)->response.order().der_count(), 3);
}

TEST_F(ApprovalHandlersTest, TheFleetsSizeIsConfirmedAgain) {
  auto request = DisconnectionOf("");
  request.set_der_id("ALL_DERS");
  request.set_expected_count(2);
  const EmergencyApproval asked = Asked(request);
  Add("BAT_3");
  EXPECT_EQ(Reason(Admin(), asked), "EXPECTED_COUNT_MISMATCH");
  EXPECT_TRUE(Approve(Admin(), asked, 3).ok());
}

TEST_F(ApprovalHandlersTest, WhoAskedForItMayNotApproveItAndMayWithdrawIt) {
  const EmergencyApproval asked = Asked(DisconnectionOf("NORTH"));
  const auto same = Approve(Operator(), asked);
  EXPECT_EQ(same.status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(base::ReasonOf(same.status()), "SAME_PERSON");
  EXPECT_TRUE(Approve(Operator(), asked, {}, "not needed any more").ok());
}

TEST_F(ApprovalHandlersTest, TheSecondPersonNeedsTheRightForTheScope) {
  const EmergencyApproval asked = Asked(DisconnectionOf("NORTH"));
  domain::Caller south = Operator({"SOUTH"});
  south.subject = "operator-2";
  EXPECT_EQ(Reason(south, asked), "UNAUTHORIZED");
}

TEST_F(ApprovalHandlersTest, ADeclinedOneNeedsAReasonAndLeavesNoOrder) {
  const EmergencyApproval asked = Asked(DisconnectionOf("NORTH"));
  EXPECT_EQ(base::ReasonOf(Approve(Admin(), asked, {}, "").status()), "REASON_MISSING");
  const auto plan = Approve(Admin(), asked, {}, "too much");
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->response.order().state(), v1::EMERGENCY_STATE_DECLINED);
  EXPECT_EQ(plan->response.order().approved_by(), "admin-1");
  EXPECT_EQ(plan->response.order().decision_reason(), "too much");
  ASSERT_THAT(plan->mutation.writes, SizeIs(1));
  EXPECT_EQ(plan->mutation.events.at(0).type, domain::EventType::kEmergencyDeclined);
  EXPECT_THAT(plan->mutation.events.at(0).summary, HasSubstr("operator-1 asked for was declined by admin-1: too much"));
}

TEST_F(ApprovalHandlersTest, WhatIsDecidedOrOverIsClosed) {
  EmergencyApproval asked = Asked(DisconnectionOf("NORTH"));
  asked.expires_at = kNow;
  EXPECT_EQ(Reason(Admin(), asked), "APPROVAL_CLOSED");
  asked.state = EmergencyState::kDeclined;
  EXPECT_EQ(Reason(Admin(), asked), "APPROVAL_CLOSED");
}

TEST_F(ApprovalHandlersTest, TwoWhoApproveAtOnceDoNotDisturbEachOther) {
  const EmergencyApproval asked = Asked(DisconnectionOf("NORTH"));
  auto first = Approve(Admin(), asked);
  ASSERT_TRUE(first.ok());
  domain::Caller second = Operator();
  second.subject = "operator-2";
  EXPECT_EQ(Reason(second, asked), "APPROVAL_UNDER_WAY");
  EXPECT_EQ(FreeKw("BAT_1"), 0) << "the first one's plan goes on holding its part";
  first->settled(base::FailedPrecondition("APPROVAL_CLOSED", "another process was faster"));
  EXPECT_EQ(FreeKw("BAT_1"), 100);
  EXPECT_TRUE(Approve(second, asked).ok());
}

TEST_F(ApprovalHandlersTest, ARestoreThatWaitsEndsOrdersOnlyOnceItIsApproved) {
  domain::EmergencyOrder live;
  live.emergency_id = "live";
  live.region_id = "NORTH";
  live.kind = domain::EmergencyKind::kCurtailAll;
  live.starts_at = kNow - absl::Minutes(1);
  live.ends_at = kNow + absl::Minutes(9);
  live.restoration.emplace();
  fleet_.PutOrder(live);
  auto request = DisconnectionOf("NORTH");
  request.set_kind(v1::EMERGENCY_KIND_RESTORE);
  request.set_require_approval(true);
  const auto waits = Allocate(request);
  ASSERT_TRUE(waits.ok()) << waits.status();
  EXPECT_THAT(waits->mutation.events.at(0).summary, HasSubstr("Now it would be: 1 order ended."));
  ASSERT_THAT(waits->mutation.writes, SizeIs(1));
  const auto& asked = std::get<store::ApprovalRequest>(waits->mutation.writes[0]).approval;
  const auto plan = Approve(Admin(), asked);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->response.order().emergency_id(), asked.emergency_id);
  EXPECT_THAT(plan->response.order().restoration().ended_emergency_ids(), ::testing::ElementsAre("live"));
  ASSERT_THAT(plan->mutation.writes, SizeIs(3));
  EXPECT_EQ(std::get<store::EmergencyEnd>(plan->mutation.writes[0]).order.emergency_id, "live");
  EXPECT_EQ(std::get<store::EmergencyInsert>(plan->mutation.writes[1]).order.issued_by, "operator-1");
  EXPECT_EQ(std::get<store::ApprovalDecision>(plan->mutation.writes[2]).approval.state, EmergencyState::kActive);
}

TEST_F(ApprovalHandlersTest, WhatWaitsCannotBeReleased) {
  const EmergencyApproval asked = Asked(DisconnectionOf("NORTH"));
  EXPECT_CALL(approvals_, GetApproval(_, _)).WillOnce(Return(std::optional(asked)));
  server::Call call = CallAs(Operator());
  v1::ReleaseEmergencyRequest request;
  request.set_emergency_id(asked.emergency_id);
  EXPECT_EQ(base::ReasonOf(handlers_.ReleaseEmergency(call, request).status()), "EMERGENCY_NOT_IN_FORCE");
}

}  // namespace
}  // namespace derms::emergency
