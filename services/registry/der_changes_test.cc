#include "services/registry/der_changes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/base/error.h"
#include "libs/server/testing/mock_queries.h"
#include "libs/server/testing/test_calls.h"
#include "libs/server/testing/test_fleet.h"

namespace derms::registry {
namespace {

using domain::DerStatus;
using domain::Role;
using server::testing::Admin;
using server::testing::BatteryOf;
using server::testing::CallAs;
using server::testing::Operator;
using server::testing::Owner;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class DerChangesTest : public ::testing::Test {
 protected:
  DerChangesTest() {
    fleet_.PutDer(BatteryOf("BAT_1", "owner-1"));
    ON_CALL(queries_, GetGridRecord(std::string_view("BAT_1"), ::testing::_)).WillByDefault([this] { return record_; });
  }

  auto Update(domain::Caller caller, const v1::UpdateDerRequest& request) {
    server::Call call = CallAs(std::move(caller));
    return handlers_.UpdateDer(call, request);
  }
  auto SetStatus(domain::Caller caller, v1::DerStatus status, std::int64_t expected_revision = 0) {
    server::Call call = CallAs(std::move(caller));
    v1::UpdateDerStatusRequest request;
    request.set_der_id("BAT_1");
    request.set_status(status);
    request.set_expected_revision(expected_revision);
    return handlers_.UpdateDerStatus(call, request);
  }
  auto Retire(domain::Caller caller) {
    server::Call call = CallAs(std::move(caller), {Role::kOwner, Role::kAdmin});
    v1::RetireDerRequest request;
    request.set_der_id("BAT_1");
    return handlers_.RetireDer(call, request);
  }
  auto Transfer(domain::Caller caller, const std::string& new_owner) {
    server::Call call = CallAs(std::move(caller), {Role::kAdmin});
    v1::TransferDerRequest request;
    request.set_der_id("BAT_1");
    request.set_new_owner_id(new_owner);
    return handlers_.TransferDer(call, request);
  }
  void Store(DerStatus status) {
    domain::Der der = *fleet_.FindDer("BAT_1");
    der.stored_status = status;
    fleet_.PutDer(std::move(der));
  }

  server::testing::TestFleet fleet_;
  server::testing::CountingIds ids_;
  ::testing::NiceMock<server::testing::MockQueries> queries_;
  std::optional<domain::GridRecord> record_;
  DerChanges handlers_{fleet_, queries_, ids_};
};

v1::UpdateDerRequest CapacityUpdate(double capacity_kw) {
  v1::UpdateDerRequest request;
  request.set_der_id("BAT_1");
  request.mutable_update_mask()->add_paths("capacity_kw");
  request.set_capacity_kw(capacity_kw);
  return request;
}

TEST_F(DerChangesTest, UpdateChangesOnlyWhatTheMaskNames) {
  auto request = CapacityUpdate(120);
  request.mutable_update_mask()->add_paths("parameters.energy_capacity_kwh");
  request.mutable_parameters()->set_energy_capacity_kwh(400);
  request.mutable_parameters()->set_charge_efficiency(0.5);  // not named
  request.set_region_id("SOUTH");                            // not named
  const auto plan = Update(Owner(), request);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->response.der().capacity_kw(), 120);
  EXPECT_EQ(plan->response.der().parameters().energy_capacity_kwh(), 400);
  EXPECT_FALSE(plan->response.der().parameters().has_charge_efficiency());
  EXPECT_EQ(plan->response.der().region_id(), "NORTH");
  EXPECT_EQ(plan->response.der().revision(), 2);
  ASSERT_THAT(plan->mutation.writes, SizeIs(1));
  EXPECT_EQ(std::get<store::DerReplace>(plan->mutation.writes[0]).required_owner(), "owner-1");
}

TEST_F(DerChangesTest, UpdateThatChangesNothingWritesNothing) {
  const auto plan = Update(Owner(), CapacityUpdate(100));
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->response.der().revision(), 1);
  EXPECT_THAT(plan->mutation.writes, IsEmpty());
  EXPECT_THAT(plan->mutation.events, IsEmpty());
}

TEST_F(DerChangesTest, UpdateRefusesByName) {
  EXPECT_EQ(base::ReasonOf(Update(Owner("owner-2"), CapacityUpdate(120)).status()), "UNAUTHORIZED");
  EXPECT_EQ(base::ReasonOf(Update(Owner(), CapacityUpdate(0)).status()), "INVALID_CAPACITY");
  auto unknown = CapacityUpdate(120);
  unknown.mutable_update_mask()->add_paths("owner_id");
  EXPECT_EQ(base::ReasonOf(Update(Owner(), unknown).status()), "INVALID_UPDATE_MASK");
  auto stale = CapacityUpdate(120);
  stale.set_expected_revision(7);
  const auto mismatch = Update(Owner(), stale);
  EXPECT_EQ(mismatch.status().code(), absl::StatusCode::kAborted);
  EXPECT_EQ(base::ReasonOf(mismatch.status()), "REVISION_MISMATCH");
}

TEST_F(DerChangesTest, OperatorMayNotMoveADerIntoARegionOfOthers) {
  v1::UpdateDerRequest move;
  move.set_der_id("BAT_1");
  move.mutable_update_mask()->add_paths("region_id");
  move.set_region_id("SOUTH");
  EXPECT_EQ(base::ReasonOf(Update(Operator({"NORTH"}), move).status()), "UNAUTHORIZED");
  EXPECT_TRUE(Update(Operator({"CA"}), move).ok());
  move.set_region_id("MARS");
  EXPECT_EQ(base::ReasonOf(Update(Admin(), move).status()), "UNKNOWN_REGION");
}

TEST_F(DerChangesTest, AStricterRuleDoesNotKeepADerFromMoving) {
  domain::Der big = BatteryOf("BAT_1");
  big.capacity_kw = 50'000;  // registered when the rule allowed it
  fleet_.PutDer(big);
  v1::UpdateDerRequest move;
  move.set_der_id("BAT_1");
  move.mutable_update_mask()->add_paths("region_id");
  move.set_region_id("SOUTH");
  EXPECT_TRUE(Update(Owner(), move).ok());
  EXPECT_EQ(base::ReasonOf(Update(Owner(), CapacityUpdate(49'000)).status()), "INVALID_CAPACITY");
}

TEST_F(DerChangesTest, StatusGoesOnlineAndTellsFromAndTo) {
  const auto plan = SetStatus(Owner(), v1::DER_STATUS_ONLINE);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->response.status(), v1::DER_STATUS_ONLINE);
  EXPECT_EQ(plan->response.stored_status(), v1::DER_STATUS_ONLINE);
  EXPECT_EQ(plan->response.revision(), 2);
  EXPECT_TRUE(plan->retry_on_conflict);
  ASSERT_THAT(plan->mutation.events, SizeIs(1));
  const domain::Event& event = plan->mutation.events[0];
  EXPECT_EQ(event.old_status, DerStatus::kOffline);
  EXPECT_EQ(event.new_status, DerStatus::kOnline);
  EXPECT_EQ(event.summary, "DER BAT_1 went from OFFLINE to ONLINE.");
}

TEST_F(DerChangesTest, TheSameStatusIsAnsweredWithoutANewRevision) {
  const auto plan = SetStatus(Owner(), v1::DER_STATUS_OFFLINE);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->response.revision(), 1);
  EXPECT_THAT(plan->mutation.writes, IsEmpty());
}

TEST_F(DerChangesTest, WhatMemoryTakesForDoneIsLookedUpInTheDatabase) {
  server::Call status = CallAs(Admin());
  v1::UpdateDerStatusRequest same_status;
  same_status.set_der_id("BAT_1");
  same_status.set_status(v1::DER_STATUS_OFFLINE);
  ASSERT_TRUE(handlers_.UpdateDerStatus(status, same_status).ok());
  EXPECT_THAT(status.TakeWants().ders, ElementsAre("BAT_1"));

  server::Call update = CallAs(Admin());
  ASSERT_TRUE(handlers_.UpdateDer(update, CapacityUpdate(fleet_.FindDer("BAT_1")->capacity_kw)).ok());
  EXPECT_THAT(update.TakeWants().ders, ElementsAre("BAT_1"));

  server::Call transfer = CallAs(Admin(), {Role::kAdmin});
  v1::TransferDerRequest same_owner;
  same_owner.set_der_id("BAT_1");
  same_owner.set_new_owner_id("owner-1");
  ASSERT_TRUE(handlers_.TransferDer(transfer, same_owner).ok());
  EXPECT_THAT(transfer.TakeWants().ders, ElementsAre("BAT_1"));
}

TEST_F(DerChangesTest, WhatAStatusForbidsIsLookedUpInTheDatabase) {
  Store(DerStatus::kMaintenance);
  server::Call status = CallAs(Admin());
  v1::UpdateDerStatusRequest online;
  online.set_der_id("BAT_1");
  online.set_status(v1::DER_STATUS_ONLINE);
  EXPECT_EQ(base::ReasonOf(handlers_.UpdateDerStatus(status, online).status()), "INVALID_STATUS_TRANSITION");
  EXPECT_THAT(status.TakeWants().ders, ElementsAre("BAT_1"));

  server::Call retirement = CallAs(Admin());
  v1::RetireDerRequest retire;
  retire.set_der_id("BAT_1");
  EXPECT_EQ(base::ReasonOf(handlers_.RetireDer(retirement, retire).status()), "DER_NOT_OFFLINE");
  EXPECT_THAT(retirement.TakeWants().ders, ElementsAre("BAT_1"));
}

TEST_F(DerChangesTest, ARealChangeNeedsNoLook) {
  server::Call call = CallAs(Admin());
  ASSERT_TRUE(handlers_.UpdateDer(call, CapacityUpdate(120)).ok());
  EXPECT_THAT(call.TakeWants().ders, IsEmpty());
}

TEST_F(DerChangesTest, ForbiddenTransitionsNameTheWay) {
  Store(DerStatus::kMaintenance);
  const auto straight_online = SetStatus(Owner(), v1::DER_STATUS_ONLINE);
  EXPECT_EQ(straight_online.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(base::ReasonOf(straight_online.status()), "INVALID_STATUS_TRANSITION");
  const auto emergency = SetStatus(Owner(), v1::DER_STATUS_EMERGENCY);
  EXPECT_EQ(base::ReasonOf(emergency.status()), "INVALID_STATUS_TRANSITION");
  EXPECT_THAT(std::string(emergency.status().message()), HasSubstr("AllocateEmergency"));
}

TEST_F(DerChangesTest, AnExpectedRevisionIsNotPlannedAgain) {
  const auto plan = SetStatus(Owner(), v1::DER_STATUS_ONLINE, 1);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_FALSE(plan->retry_on_conflict);
  EXPECT_EQ(base::ReasonOf(SetStatus(Owner(), v1::DER_STATUS_ONLINE, 2).status()), "REVISION_MISMATCH");
}

TEST_F(DerChangesTest, OnlyAnOfflineDerIsRetiredAndThenNothingChangesIt) {
  Store(DerStatus::kOnline);
  EXPECT_EQ(base::ReasonOf(Retire(Owner()).status()), "DER_NOT_OFFLINE");
  Store(DerStatus::kOffline);
  EXPECT_EQ(base::ReasonOf(Retire(Operator()).status()), "UNAUTHORIZED");
  const auto plan = Retire(Owner());
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->response.der().lifecycle(), v1::LIFECYCLE_RETIRED);
  fleet_.Apply(plan->mutation);
  EXPECT_EQ(base::ReasonOf(Retire(Owner()).status()), "DER_RETIRED");
  EXPECT_EQ(base::ReasonOf(SetStatus(Owner(), v1::DER_STATUS_ONLINE).status()), "DER_RETIRED");
  EXPECT_EQ(base::ReasonOf(Update(Owner(), CapacityUpdate(120)).status()), "DER_RETIRED");
  EXPECT_EQ(base::ReasonOf(Transfer(Admin(), "owner-2").status()), "DER_RETIRED");
}

TEST_F(DerChangesTest, TransferChangesTheOwnerOnce) {
  const auto plan = Transfer(Admin(), "owner-2");
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->response.der().owner_id(), "owner-2");
  EXPECT_EQ(plan->mutation.events.at(0).owner_id, "owner-2");
  fleet_.Apply(plan->mutation);
  const auto again = Transfer(Admin(), "owner-2");
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_THAT(again->mutation.writes, IsEmpty());
  EXPECT_EQ(base::ReasonOf(SetStatus(Owner("owner-1"), v1::DER_STATUS_ONLINE).status()), "UNAUTHORIZED");
}

TEST_F(DerChangesTest, RatedPowerStaysWithinTheNameplate) {
  record_ = domain::GridRecord{.der_id = "BAT_1", .nameplate_json = R"({"p_max_kw": 110})"};
  record_->revision = 7;
  const auto plan = Update(Owner(), CapacityUpdate(110));
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(std::get<store::DerReplace>(plan->mutation.writes.at(0)).grid_revision(), 7) << "what it was checked by";
  const absl::Status refused = Update(Owner(), CapacityUpdate(120)).status();
  EXPECT_EQ(base::ReasonOf(refused), "INVALID_CAPACITY");
  EXPECT_THAT(std::string(refused.message()), HasSubstr("capacity_kw is 120; must be at most 110"));
  ASSERT_THAT(base::ViolationsOf(refused), SizeIs(1));
  EXPECT_EQ(base::ViolationsOf(refused)[0].field, "capacity_kw");
}

}  // namespace
}  // namespace derms::registry
