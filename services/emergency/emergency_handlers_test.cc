#include "services/emergency/emergency_handlers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/base/error.h"
#include "libs/server/testing/mock_approval_queries.h"
#include "libs/server/testing/mock_queries.h"
#include "libs/server/testing/test_calls.h"
#include "libs/server/testing/test_fleet.h"
#include "libs/wire/convert_time.h"

namespace derms::emergency {
namespace {

using domain::DerStatus;
using domain::EmergencyKind;
using domain::EmergencyOrder;
using domain::EmergencyState;
using server::testing::Admin;
using server::testing::BatteryOf;
using server::testing::CallAs;
using server::testing::kNow;
using server::testing::Operator;
using server::testing::TimeKey;
using ::testing::_;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Eq;
using ::testing::IsEmpty;
using ::testing::Return;
using ::testing::SizeIs;

v1::AllocateEmergencyRequest ShutdownOf(const std::string& der_id, std::optional<int> expected_count = {}) {
  v1::AllocateEmergencyRequest request;
  request.set_der_id(der_id);
  request.set_power_kw(0);
  request.mutable_duration()->set_seconds(600);
  request.set_reason("line overload");
  if (expected_count) request.set_expected_count(*expected_count);
  return request;
}

v1::AllocateEmergencyRequest ShutdownOfRegion(const std::string& region_id) {
  auto request = ShutdownOf("");
  request.set_region_id(region_id);
  return request;
}

EmergencyOrder StoredOrder(std::string emergency_id, absl::Time ends_at) {
  EmergencyOrder order;
  order.emergency_id = std::move(emergency_id);
  order.region_id = "NORTH";
  order.starts_at = kNow - absl::Minutes(5);
  order.ends_at = ends_at;
  order.revision = 1;
  return order;
}

class EmergencyHandlersTest : public ::testing::Test {
 protected:
  EmergencyHandlersTest() {
    ON_CALL(approvals_, GetApproval(_, _)).WillByDefault(Return(std::nullopt));
    ON_CALL(approvals_, ListApprovals(_, _, _, _)).WillByDefault(Return(std::vector<domain::EmergencyApproval>()));
    ON_CALL(approvals_, ApprovalsOf(_, _)).WillByDefault(Return(std::map<std::string, domain::Decision>()));
    fleet_.Observe(book_);
    for (const char* id : {"BAT_1", "BAT_2", "BAT_3"}) {
      domain::Der der = BatteryOf(id, std::string(id) == "BAT_3" ? "owner-2" : "owner-1");
      der.stored_status = DerStatus::kOnline;
      if (der.der_id == "BAT_3") der.region_id = "SOUTH";
      fleet_.PutDer(std::move(der));
    }
  }
  auto Allocate(domain::Caller caller, const v1::AllocateEmergencyRequest& request) {
    server::Call call = CallAs(std::move(caller));
    return handlers_.AllocateEmergency(call, request);
  }
  std::string Reason(domain::Caller caller, const v1::AllocateEmergencyRequest& request) {
    return base::ReasonOf(Allocate(std::move(caller), request).status());
  }
  auto Release(domain::Caller caller, const std::string& emergency_id) {
    server::Call call = CallAs(std::move(caller));
    v1::ReleaseEmergencyRequest request;
    request.set_emergency_id(emergency_id);
    return handlers_.ReleaseEmergency(call, request);
  }

  server::testing::TestFleet fleet_;
  server::testing::CountingIds ids_;
  ::testing::StrictMock<server::testing::MockQueries> queries_;
  base::ManualClock clock_{kNow};
  HeadroomBook book_{clock_, ids_};
  ::testing::NiceMock<server::testing::MockApprovalQueries> approvals_;
  EmergencyHandlers handlers_{fleet_, queries_, approvals_, ids_, book_};
};

TEST_F(EmergencyHandlersTest, TheWholeFleetIsOneRowAndOneEvent) {
  const auto plan = Allocate(Operator(), ShutdownOf("ALL_DERS", 3));
  ASSERT_TRUE(plan.ok()) << plan.status();
  const v1::EmergencyOrder& order = plan->response.order();
  EXPECT_EQ(order.kind(), v1::EMERGENCY_KIND_CURTAIL_ALL);
  EXPECT_EQ(order.der_count(), 3);
  EXPECT_EQ(order.state(), v1::EMERGENCY_STATE_ACTIVE);
  EXPECT_EQ(order.issued_by(), "operator-1");
  EXPECT_EQ(wire::FromProto(order.ends_at()), kNow + absl::Minutes(10));
  EXPECT_THAT(plan->mutation.writes, SizeIs(1));
  ASSERT_THAT(plan->mutation.events, SizeIs(1));
  const domain::Event& event = plan->mutation.events[0];
  EXPECT_EQ(event.type, domain::EventType::kEmergencyAllocation);
  EXPECT_EQ(event.resource_id, order.emergency_id());
  EXPECT_EQ(
      event.summary,
      "emergency order CURTAIL_ALL for all DERs, 3 DERs bound: line overload. Before: 3 DERs. After: 3 DERs wholly.");
}

TEST_F(EmergencyHandlersTest, TheFleetIsTakenOverOnlyByThoseWhoKnowItsSize) {
  EXPECT_EQ(Reason(Operator(), ShutdownOf("ALL_DERS")), "EXPECTED_COUNT_MISSING");
  const auto wrong = Allocate(Operator(), ShutdownOf("ALL_DERS", 2));
  EXPECT_EQ(base::ReasonOf(wrong.status()), "EXPECTED_COUNT_MISMATCH");
  EXPECT_THAT(base::MetadataOf(wrong.status()), Contains(std::pair<std::string, std::string>("actual_count", "3")));
}

TEST_F(EmergencyHandlersTest, ARegionIsTakenOverWithItsParts) {
  EXPECT_EQ(Allocate(Operator({"CA"}), ShutdownOfRegion("CA"))->response.order().der_count(), 3);
  EXPECT_EQ(Allocate(Operator({"CA"}), ShutdownOfRegion("NORTH"))->response.order().der_count(), 2);
}

TEST_F(EmergencyHandlersTest, OperatorsReachOnlyTheirRegions) {
  EXPECT_EQ(Reason(Operator({"SOUTH"}), ShutdownOfRegion("NORTH")), "UNAUTHORIZED");
  EXPECT_EQ(Reason(Operator({"SOUTH"}), ShutdownOf("BAT_1")), "UNAUTHORIZED");
  EXPECT_EQ(Reason(Operator({"SOUTH"}), ShutdownOf("ALL_DERS", 3)), "UNAUTHORIZED");
  EXPECT_TRUE(Allocate(Operator({"SOUTH"}), ShutdownOf("BAT_3")).ok());
}

TEST_F(EmergencyHandlersTest, RefusesByName) {
  EXPECT_EQ(Reason(Admin(), ShutdownOf("")), "SCOPE_MISSING");
  EXPECT_EQ(Reason(Admin(), ShutdownOf("BAT_9")), "DER_NOT_FOUND");
  EXPECT_EQ(Reason(Admin(), ShutdownOfRegion("MARS")), "REGION_NOT_FOUND");
  auto contradiction = ShutdownOf("BAT_1");
  contradiction.set_kind(v1::EMERGENCY_KIND_INJECT);
  EXPECT_EQ(Reason(Admin(), contradiction), "EMERGENCY_KIND_MISMATCH");
}

TEST_F(EmergencyHandlersTest, PowerIsSharedByHeadroomAndTheRestIsToldAsShortfall) {
  fleet_.PutReading({.der_id = "BAT_1", .measured_at = kNow, .power_kw = 0, .state_of_charge_kwh = 400});
  auto request = ShutdownOfRegion("NORTH");
  request.set_power_kw(150);
  const auto plan = Allocate(Admin(), request);
  ASSERT_TRUE(plan.ok()) << plan.status();
  const v1::EmergencyOrder& order = plan->response.order();
  EXPECT_EQ(order.kind(), v1::EMERGENCY_KIND_INJECT);
  EXPECT_NEAR(order.shortfall_kw(), 50, 1e-9);  // BAT_2 has no reading: what is not known is not promised
  EXPECT_EQ(plan->mutation.events.at(0).summary,
            "emergency order INJECT of 150 kW for region NORTH, 2 DERs bound: line overload. Before: BATTERY 2 DERs, "
            "100 kW left. After: BATTERY 100 %, short of it by 50 kW.");
}

TEST_F(EmergencyHandlersTest, AnOrderForOneDerIsItsOwnersMatter) {
  const auto plan = Allocate(Admin(), ShutdownOf("BAT_3"));
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->mutation.events.at(0).owner_id, "owner-2");
  EXPECT_EQ(plan->mutation.events.at(0).region_id, "SOUTH");
}

TEST_F(EmergencyHandlersTest, MaintenanceIsLeftAloneAndNamed) {
  domain::Der in_work = BatteryOf("BAT_2");
  in_work.stored_status = DerStatus::kMaintenance;
  fleet_.PutDer(in_work);
  const auto plan = Allocate(Admin(), ShutdownOfRegion("NORTH"));
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->response.order().der_count(), 1);
  ASSERT_EQ(plan->response.order().unbound_size(), 1);
  EXPECT_EQ(plan->response.order().unbound(0).der_id(), "BAT_2");
  EXPECT_EQ(plan->response.order().unbound(0).reason(), "MAINTENANCE");
}

TEST_F(EmergencyHandlersTest, ValidateOnlyWritesNothing) {
  auto request = ShutdownOf("ALL_DERS", 3);
  request.set_validate_only(true);
  const auto plan = Allocate(Admin(), request);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->response.order().der_count(), 3);
  EXPECT_THAT(plan->mutation.writes, IsEmpty());
  EXPECT_THAT(plan->mutation.events, IsEmpty());
}

TEST_F(EmergencyHandlersTest, AnExerciseSaysSoWhereverItIsTold) {
  auto request = ShutdownOf("ALL_DERS", 3);
  request.set_exercise(true);
  const auto plan = Allocate(Admin(), request);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_TRUE(plan->response.order().exercise());
  EXPECT_THAT(plan->mutation.events.at(0).summary, ::testing::StartsWith("Exercise: "));
}

TEST_F(EmergencyHandlersTest, ReleaseEndsALiveOrder) {
  EXPECT_CALL(queries_, GetEmergency(std::string_view("order-1"), _))
      .WillOnce(Return(StoredOrder("order-1", kNow + absl::Minutes(1))));
  const auto plan = Release(Operator({"NORTH"}), "order-1");
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->response.order().state(), v1::EMERGENCY_STATE_RELEASED);
  EXPECT_EQ(plan->response.order().released_by(), "operator-1");
  EXPECT_EQ(wire::FromProto(plan->response.order().ended_at()), kNow);
  EXPECT_EQ(plan->response.order().revision(), 2);
  EXPECT_EQ(plan->mutation.events.at(0).type, domain::EventType::kEmergencyEnded);
}

TEST_F(EmergencyHandlersTest, WhatHasEndedIsNotReleased) {
  EXPECT_CALL(queries_, GetEmergency(_, _))
      .WillOnce(Return(StoredOrder("order-1", kNow)))  // nobody has written it down yet
      .WillOnce(Return(std::optional<EmergencyOrder>()))
      .WillOnce(Return(StoredOrder("order-1", kNow + absl::Minutes(1))));
  EXPECT_EQ(base::ReasonOf(Release(Admin(), "order-1").status()), "EMERGENCY_ENDED");
  EXPECT_EQ(base::ReasonOf(Release(Admin(), "order-2").status()), "EMERGENCY_NOT_FOUND");
  EXPECT_EQ(base::ReasonOf(Release(Operator({"SOUTH"}), "order-1").status()), "UNAUTHORIZED");
}

TEST_F(EmergencyHandlersTest, AReleaseMaySayHowDersComeBack) {
  EmergencyOrder stored = StoredOrder("order-1", kNow + absl::Minutes(1));
  stored.restoration.emplace();
  EXPECT_CALL(queries_, GetEmergency(_, _)).WillOnce(Return(std::optional(stored)));
  server::Call call = CallAs(Admin());
  v1::ReleaseEmergencyRequest request;
  request.set_emergency_id("order-1");
  request.mutable_restoration()->mutable_delay()->set_seconds(10);
  const auto plan = handlers_.ReleaseEmergency(call, request);
  ASSERT_TRUE(plan.ok()) << plan.status();
  const v1::Restoration& way = plan->response.order().restoration();
  EXPECT_EQ(wire::FromProto(way.begins_at()), kNow + absl::Seconds(10));
  EXPECT_EQ(wire::FromProto(way.complete_at()), kNow + absl::Seconds(10 + 330));
  EXPECT_EQ(way.der_count(), 2);
  EXPECT_EQ(way.waiting_count(), 2);
  EXPECT_EQ(way.restored_count(), 0);
  const auto& written = std::get<store::EmergencyEnd>(plan->mutation.writes.at(0)).order;
  EXPECT_EQ(written.restoration->terms.delay, absl::Seconds(10));
  EXPECT_EQ(written.restoration->terms.window, absl::Seconds(300)) << "what is not said stays";
}

TEST_F(EmergencyHandlersTest, ARestoreEndsWhatIsInForceWithinItsScope) {
  const auto put = [&](const std::string& id, const std::string& region_id) {
    EmergencyOrder order = StoredOrder(id, kNow + absl::Minutes(9));
    order.region_id = region_id;
    order.kind = EmergencyKind::kDisconnect;
    order.restoration.emplace();
    fleet_.PutOrder(order);
  };
  auto request = ShutdownOfRegion("NORTH");
  request.set_kind(v1::EMERGENCY_KIND_RESTORE);
  EXPECT_EQ(Reason(Operator(), request), "NOTHING_TO_RESTORE");
  put("north", "NORTH");
  put("south", "SOUTH");
  const auto plan = Allocate(Operator(), request);
  ASSERT_TRUE(plan.ok()) << plan.status();
  const v1::EmergencyOrder& order = plan->response.order();
  EXPECT_EQ(order.kind(), v1::EMERGENCY_KIND_RESTORE);
  EXPECT_THAT(order.restoration().ended_emergency_ids(), ElementsAre("north"));
  EXPECT_EQ(wire::FromProto(order.ends_at()), kNow + absl::Seconds(300 + 330)) << "when the last DER is back";
  ASSERT_THAT(plan->mutation.writes, SizeIs(2));
  const auto& ended = std::get<store::EmergencyEnd>(plan->mutation.writes.at(0)).order;
  EXPECT_EQ(ended.emergency_id, "north");
  EXPECT_EQ(ended.ended_at, kNow);
  ASSERT_THAT(plan->mutation.events, SizeIs(2));
  EXPECT_EQ(plan->mutation.events.at(0).summary,
            "emergency order RESTORE for region NORTH, 1 order ended: line overload.");
  put("area", "CA");
  EXPECT_EQ(Reason(Operator(), request), "WIDER_ORDER_IN_FORCE");
}

TEST_F(EmergencyHandlersTest, OverriddenLimitsAreToldInTheEvent) {
  fleet_.PutReading({.der_id = "BAT_1", .measured_at = kNow, .power_kw = 0, .state_of_charge_kwh = 400});
  auto request = ShutdownOfRegion("NORTH");
  request.set_override_limits(true);
  EXPECT_EQ(Reason(Admin(), request), "OVERRIDE_WITHOUT_POWER");
  request.set_power_kw(50);
  const auto plan = Allocate(Operator(), request);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_TRUE(plan->response.order().override_limits());
  EXPECT_EQ(plan->mutation.events.at(0).summary,
            "emergency order INJECT of 50 kW for region NORTH, limits overridden, 2 DERs bound: line overload. Before: "
            "BATTERY 2 DERs, 100 kW left. After: BATTERY 50 %.");
}

TEST_F(EmergencyHandlersTest, TheStateShownIsTheOneNow) {
  EXPECT_CALL(queries_, GetEmergency(_, _)).WillOnce(Return(StoredOrder("order-1", kNow - absl::Seconds(1))));
  server::Call call = CallAs(server::testing::Owner());
  const auto response = handlers_.GetEmergency(call, {});
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->order().state(), v1::EMERGENCY_STATE_EXPIRED);
  EXPECT_EQ(wire::FromProto(response->order().ended_at()), kNow - absl::Seconds(1));
}

TEST_F(EmergencyHandlersTest, ActiveOnlyLeavesOutWhatIsOverAndPagesGoOn) {
  EXPECT_CALL(queries_, ListEmergencies(true, Eq(TimeKey()), 3, _))
      .WillOnce(Return(std::vector{StoredOrder("c", kNow + absl::Minutes(1)), StoredOrder("b", kNow),
                                   StoredOrder("a", kNow + absl::Minutes(1))}));
  EXPECT_CALL(queries_, ListEmergencies(true, Eq(TimeKey({kNow - absl::Minutes(5), "b"})), 3, _))
      .WillOnce(Return(std::vector{StoredOrder("a", kNow + absl::Minutes(1))}));
  std::vector<std::string> ids;
  v1::ListEmergenciesRequest request;
  request.set_active_only(true);
  request.set_page_size(2);
  do {
    server::Call call = CallAs(Admin());
    const auto page = handlers_.ListEmergencies(call, request);
    ASSERT_TRUE(page.ok()) << page.status();
    for (const auto& order : page->orders()) ids.push_back(order.emergency_id());
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  EXPECT_THAT(ids, ElementsAre("c", "a"));
}

}  // namespace
}  // namespace derms::emergency
