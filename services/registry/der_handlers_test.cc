#include "services/registry/der_handlers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/base/error.h"
#include "libs/server/testing/test_calls.h"
#include "libs/server/testing/test_fleet.h"

namespace derms::registry {
namespace {

using domain::Role;
using server::testing::Admin;
using server::testing::BatteryOf;
using server::testing::CallAs;
using server::testing::Gateway;
using server::testing::Operator;
using server::testing::Owner;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

v1::RegisterDerRequest BatteryRequest(const std::string& der_id) {
  v1::RegisterDerRequest request;
  request.set_der_id(der_id);
  request.set_type(v1::DER_TYPE_BATTERY);
  request.set_capacity_kw(100);
  request.mutable_location()->set_latitude_deg(38.5816);
  request.mutable_location()->set_longitude_deg(-121.4944);
  request.set_region_id("NORTH");
  return request;
}

class DerHandlersTest : public ::testing::Test {
 protected:
  absl::StatusOr<server::Plan<v1::RegisterDerResponse>> Register(domain::Caller caller,
                                                                 const v1::RegisterDerRequest& request) {
    server::Call call = CallAs(std::move(caller));
    return handlers_.RegisterDer(call, request);
  }
  std::string RegisterReason(domain::Caller caller, const v1::RegisterDerRequest& request) {
    return base::ReasonOf(Register(std::move(caller), request).status());
  }
  absl::StatusOr<v1::GetDerResponse> Get(domain::Caller caller, const std::string& der_id) {
    server::Call call = CallAs(std::move(caller));
    v1::GetDerRequest request;
    request.set_der_id(der_id);
    return handlers_.GetDer(call, request);
  }
  std::vector<std::string> List(domain::Caller caller, const v1::ListDersRequest& request = {}) {
    server::Call call = CallAs(std::move(caller));
    const auto response = handlers_.ListDers(call, request);
    if (!response.ok()) return {base::ReasonOf(response.status())};
    EXPECT_TRUE(call.checked());
    std::vector<std::string> ids;
    for (const auto& der : response->ders()) ids.push_back(der.der_id());
    return ids;
  }

  server::testing::TestFleet fleet_;
  server::testing::CountingIds ids_;
  DerHandlers handlers_{fleet_, ids_};
};

TEST_F(DerHandlersTest, OwnerRegistersItsOwnAndSeesItOffline) {
  const auto plan = Register(Owner("owner-1"), BatteryRequest("BAT_1"));
  ASSERT_TRUE(plan.ok()) << plan.status();
  const v1::Der& der = plan->response.der();
  EXPECT_EQ(der.owner_id(), "owner-1");
  EXPECT_EQ(der.status(), v1::DER_STATUS_OFFLINE);
  EXPECT_EQ(der.lifecycle(), v1::LIFECYCLE_ACTIVE);
  EXPECT_EQ(der.revision(), 1);
  ASSERT_THAT(plan->mutation.writes, SizeIs(1));
  EXPECT_EQ(std::get<store::DerInsert>(plan->mutation.writes[0]).der().registered_at, server::testing::kNow);
}

TEST_F(DerHandlersTest, RegistrationTellsOneEventWithoutItsActor) {
  const auto plan = Register(Owner("owner-1"), BatteryRequest("BAT_1"));
  ASSERT_TRUE(plan.ok()) << plan.status();
  ASSERT_THAT(plan->mutation.events, SizeIs(1));
  const domain::Event& event = plan->mutation.events[0];
  EXPECT_EQ(event.type, domain::EventType::kDerRegistered);
  EXPECT_EQ(event.der_id, "BAT_1");
  EXPECT_EQ(event.owner_id, "owner-1");
  EXPECT_EQ(event.revision, 1);
  EXPECT_EQ(event.summary, "BATTERY BAT_1 of 100 kW was registered in region NORTH.");
}

TEST_F(DerHandlersTest, OwnerMayNotRegisterForAnother) {
  auto request = BatteryRequest("BAT_1");
  request.set_owner_id("owner-2");
  EXPECT_EQ(RegisterReason(Owner("owner-1"), request), "UNAUTHORIZED");
}

TEST_F(DerHandlersTest, OperatorRegistersOnBehalfOfOneItNames) {
  EXPECT_EQ(RegisterReason(Operator(), BatteryRequest("BAT_1")), "OWNER_MISSING");
  auto request = BatteryRequest("BAT_1");
  request.set_owner_id("owner-2");
  const auto plan = Register(Operator({"NORTH"}), request);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->response.der().owner_id(), "owner-2");
  EXPECT_EQ(RegisterReason(Operator({"SOUTH"}), request), "UNAUTHORIZED");
}

TEST_F(DerHandlersTest, RefusesWhatBreaksARuleByName) {
  auto bad_id = BatteryRequest("bat");
  EXPECT_EQ(RegisterReason(Owner(), bad_id), "INVALID_DER_ID");
  EXPECT_EQ(RegisterReason(Owner(), BatteryRequest("ALL_DERS")), "INVALID_DER_ID");
  auto too_big = BatteryRequest("BAT_1");
  too_big.set_capacity_kw(20'001);
  EXPECT_EQ(RegisterReason(Owner(), too_big), "INVALID_CAPACITY");
  auto nowhere = BatteryRequest("BAT_1");
  nowhere.set_region_id("MARS");
  EXPECT_EQ(RegisterReason(Owner(), nowhere), "UNKNOWN_REGION");
  fleet_.PutDer(BatteryOf("BAT_1"));
  EXPECT_EQ(RegisterReason(Owner(), BatteryRequest("BAT_1")), "DER_EXISTS");
}

TEST_F(DerHandlersTest, UnusualCapacityIsAWarning) {
  auto request = BatteryRequest("BAT_1");
  request.set_capacity_kw(15'000);
  const auto plan = Register(Owner(), request);
  ASSERT_TRUE(plan.ok()) << plan.status();
  ASSERT_EQ(plan->response.warnings_size(), 1);
  EXPECT_THAT(plan->response.warnings(0), ::testing::StartsWith("UNUSUAL_CAPACITY"));
}

TEST_F(DerHandlersTest, ValidateOnlyWritesNothing) {
  auto request = BatteryRequest("BAT_1");
  request.set_validate_only(true);
  const auto plan = Register(Owner(), request);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_THAT(plan->mutation.writes, IsEmpty());
  EXPECT_THAT(plan->mutation.events, IsEmpty());
}

TEST_F(DerHandlersTest, GetDerShowsOwnerPlaceAndReadingOnlyToThoseConcerned) {
  fleet_.PutDer(BatteryOf("BAT_1", "owner-1"));
  fleet_.PutReading({.der_id = "BAT_1", .measured_at = server::testing::kNow, .power_kw = -40});
  for (const auto& caller : {Owner("owner-1"), Operator({"NORTH"}), Admin()}) {
    const auto seen = Get(caller, "BAT_1");
    ASSERT_TRUE(seen.ok()) << seen.status();
    EXPECT_EQ(seen->der().owner_id(), "owner-1") << caller.subject;
    EXPECT_EQ(seen->der().location().latitude_deg(), 38.5816);
    EXPECT_EQ(seen->der().latest_reading().power_kw(), -40);
  }
  for (const auto& caller : {Owner("owner-2"), Operator({"SOUTH"}), Gateway()}) {
    const auto seen = Get(caller, "BAT_1");
    ASSERT_TRUE(seen.ok()) << seen.status();
    EXPECT_FALSE(seen->der().has_owner_id()) << caller.subject;
    EXPECT_DOUBLE_EQ(seen->der().location().latitude_deg(), 38.6);
    EXPECT_DOUBLE_EQ(seen->der().location().longitude_deg(), -121.5);
    EXPECT_FALSE(seen->der().has_latest_reading());
    EXPECT_EQ(seen->der().capacity_kw(), 100);
  }
}

TEST_F(DerHandlersTest, ADerThatMemoryDoesNotKnowIsLookedForInTheDatabase) {
  server::Call call = CallAs(Owner());
  v1::GetDerRequest request;
  request.set_der_id("BAT_9");
  EXPECT_EQ(base::ReasonOf(handlers_.GetDer(call, request).status()), "DER_NOT_FOUND");
  EXPECT_THAT(call.TakeWants().ders, ElementsAre("BAT_9"));
}

TEST_F(DerHandlersTest, AnOlderRevisionThanAskedForIsRefreshedBeforeItIsRefused) {
  fleet_.PutDer(BatteryOf("BAT_1"));
  server::Call call = CallAs(Owner());
  v1::GetDerRequest request;
  request.set_der_id("BAT_1");
  request.set_min_revision(2);
  const auto behind = handlers_.GetDer(call, request);
  EXPECT_EQ(behind.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(base::ReasonOf(behind.status()), "REVISION_NOT_YET_VISIBLE");
  EXPECT_THAT(call.TakeWants().ders, ElementsAre("BAT_1"));
  request.set_min_revision(1);
  EXPECT_TRUE(handlers_.GetDer(call, request).ok());
}

TEST_F(DerHandlersTest, OwnersListTheirOwnOthersWhatTheyOperate) {
  fleet_.PutDer(BatteryOf("BAT_1", "owner-1"));
  fleet_.PutDer(BatteryOf("BAT_2", "owner-2"));
  domain::Der south = BatteryOf("BAT_3", "owner-2");
  south.region_id = "SOUTH";
  fleet_.PutDer(south);
  EXPECT_THAT(List(Owner("owner-1")), ElementsAre("BAT_1"));
  EXPECT_THAT(List(Operator()), ElementsAre("BAT_1", "BAT_2", "BAT_3"));
  EXPECT_THAT(List(Operator({"SOUTH"})), ElementsAre("BAT_3"));
  v1::ListDersRequest of_owner_2;
  of_owner_2.set_owner_id("owner-2");
  EXPECT_THAT(List(Admin(), of_owner_2), ElementsAre("BAT_2", "BAT_3"));
  EXPECT_THAT(List(Owner("owner-1"), of_owner_2), ElementsAre("UNAUTHORIZED"));
}

TEST_F(DerHandlersTest, PagesJoinToTheWholeAndBelongToTheirFilters) {
  for (const char* id : {"BAT_1", "BAT_2", "BAT_3", "BAT_4", "BAT_5"}) fleet_.PutDer(BatteryOf(id));
  v1::ListDersRequest request;
  request.set_page_size(2);
  std::vector<std::string> ids;
  std::string first_token;
  do {
    server::Call call = CallAs(Admin());
    const auto page = handlers_.ListDers(call, request);
    ASSERT_TRUE(page.ok()) << page.status();
    for (const auto& der : page->ders()) ids.push_back(der.der_id());
    request.set_page_token(page->next_page_token());
    if (first_token.empty()) first_token = page->next_page_token();
  } while (!request.page_token().empty());
  EXPECT_THAT(ids, ElementsAre("BAT_1", "BAT_2", "BAT_3", "BAT_4", "BAT_5"));

  v1::ListDersRequest other_filter;
  other_filter.set_region_id("NORTH");
  other_filter.set_page_token(first_token);
  EXPECT_THAT(List(Admin(), other_filter), ElementsAre("INVALID_PAGE_TOKEN"));
}

TEST_F(DerHandlersTest, FiltersMustMakeSense) {
  v1::ListDersRequest upside_down;
  upside_down.mutable_bounding_box()->set_south_deg(10);
  EXPECT_THAT(List(Admin(), upside_down), ElementsAre("INVALID_BOUNDING_BOX"));
  v1::ListDersRequest nowhere;
  nowhere.set_region_id("MARS");
  EXPECT_THAT(List(Admin(), nowhere), ElementsAre("UNKNOWN_REGION"));
}

}  // namespace
}  // namespace derms::registry
