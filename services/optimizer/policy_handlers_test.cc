#include "services/optimizer/policy_handlers.h"

#include <gmock/gmock.h>

#include "libs/base/error.h"
#include "libs/server/testing/mock_queries.h"
#include "libs/server/testing/test_calls.h"
#include "libs/server/testing/test_fleet.h"
#include "services/optimizer/policy_convert.h"
#include "services/optimizer/policy_schedule.h"

namespace derms::optimizer {
namespace {

using server::testing::Admin;
using server::testing::CallAs;
using server::testing::kNow;
using server::testing::Operator;
using ::testing::_;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Return;
using ::testing::SizeIs;
using ::testing::StrictMock;

class PolicyHandlersTest : public ::testing::Test {
 protected:
  PolicyHandlersTest() {
    ON_CALL(queries_, GetPolicy).WillByDefault([this](std::string_view id, absl::Time) {
      return stored_ && stored_->policy_id == id ? stored_ : std::nullopt;
    });
    EXPECT_CALL(queries_, GetPolicy).Times(::testing::AnyNumber());
    v1::OptimizationPolicy& policy = *wish_.mutable_policy();
    policy.set_policy_id("quarter-hourly");
    policy.mutable_every()->set_seconds(900);
    policy.mutable_request()->set_region_id("NORTH");
    policy.mutable_request()->mutable_interval()->set_seconds(900);
    policy.mutable_request()->set_interval_count(96);
  }

  auto Put(domain::Caller caller = Admin()) {
    server::Call call = CallAs(std::move(caller));
    return handlers_.PutPolicy(call, wish_);
  }
  // Puts and takes the plan as committed.
  v1::OptimizationPolicy MustPut(domain::Caller caller = Admin()) {
    const auto plan = Put(std::move(caller));
    EXPECT_TRUE(plan.ok()) << plan.status();
    if (!plan.ok()) return {};
    EXPECT_THAT(plan->mutation.writes, SizeIs(1));
    stored_ = std::get<store::PolicyPut>(plan->mutation.writes.at(0)).policy;
    return plan->response.policy();
  }
  std::string PutReason(domain::Caller caller = Admin()) { return base::ReasonOf(Put(std::move(caller)).status()); }
  auto Delete(domain::Caller caller, std::int64_t expected_revision = 0) {
    server::Call call = CallAs(std::move(caller));
    v1::DeletePolicyRequest request;
    request.set_policy_id("quarter-hourly");
    request.set_expected_revision(expected_revision);
    return handlers_.DeletePolicy(call, request);
  }

  server::testing::TestFleet fleet_;
  StrictMock<server::testing::MockQueries> queries_;
  server::testing::CountingIds ids_;
  PolicyHandlers handlers_{fleet_, queries_, ids_};
  v1::PutPolicyRequest wish_;
  std::optional<domain::OptimizationPolicy> stored_;
};

TEST_F(PolicyHandlersTest, ANewPolicyIsDueAtTheNextMultipleAndBelongsToWhoPutIt) {
  const v1::OptimizationPolicy policy = MustPut(Operator());
  EXPECT_EQ(policy.revision(), 1);
  EXPECT_EQ(policy.put_by(), "operator-1");
  EXPECT_EQ(stored_->next_due_at, NextDue(absl::Minutes(15), kNow));
  EXPECT_EQ(stored_->region_id, "NORTH");
  EXPECT_EQ(RequestOf(*stored_)->interval_count(), 96);
}

TEST_F(PolicyHandlersTest, GridConditionsAreOfTheAreaAndItsParts) {
  wish_.mutable_policy()->mutable_request()->add_grid_conditions()->set_lowest_frequency_hz(59.5);
  EXPECT_EQ(MustPut().request().grid_conditions(0).lowest_frequency_hz(), 59.5);
  wish_.mutable_policy()->mutable_request()->mutable_grid_conditions(0)->set_region_id("SOUTH");
  const absl::Status refused = Put().status();
  EXPECT_EQ(base::ReasonOf(refused), "INVALID_POLICY");
  EXPECT_EQ(base::ViolationsOf(refused).at(0).field, "policy.request.grid_conditions[0].region_id");
}

TEST_F(PolicyHandlersTest, TellsOfItself) {
  const auto plan = Put();
  ASSERT_TRUE(plan.ok()) << plan.status();
  ASSERT_THAT(plan->mutation.events, SizeIs(1));
  EXPECT_EQ(plan->mutation.events[0].summary, "Policy quarter-hourly of NORTH was created.");
  EXPECT_EQ(plan->mutation.events[0].resource_id, "quarter-hourly");
  EXPECT_EQ(plan->mutation.events[0].region_id, "NORTH");
}

TEST_F(PolicyHandlersTest, ThePutIsRepeatableAndAnotherSubjectTakesThePolicyOver) {
  MustPut(Operator());
  EXPECT_THAT(Put(Operator())->mutation.writes, IsEmpty());
  EXPECT_EQ(Put(Operator())->response.policy().revision(), 1);
  const v1::OptimizationPolicy taken_over = MustPut(Admin());
  EXPECT_EQ(taken_over.revision(), 2);
  EXPECT_EQ(taken_over.put_by(), "admin-1");
}

TEST_F(PolicyHandlersTest, AnExpectedRevisionIsHeldTo) {
  wish_.set_expected_revision(1);
  EXPECT_EQ(PutReason(), "REVISION_MISMATCH") << "there is none";
  wish_.set_expected_revision(0);
  MustPut();
  wish_.mutable_policy()->set_paused(true);
  wish_.set_expected_revision(2);
  EXPECT_EQ(PutReason(), "REVISION_MISMATCH");
  wish_.set_expected_revision(1);
  EXPECT_FALSE(Put()->retry_on_conflict) << "the caller has to look again";
  EXPECT_EQ(MustPut().revision(), 2);
}

TEST_F(PolicyHandlersTest, ARehearsalAnswersAndWritesNothing) {
  wish_.set_validate_only(true);
  const auto plan = Put();
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->response.policy().revision(), 1);
  EXPECT_THAT(plan->mutation.writes, IsEmpty());
}

TEST_F(PolicyHandlersTest, WhatRunsSetThemselvesIsRefusedWithEverythingElseThatIsWrong) {
  v1::OptimizeResourcesRequest& request = *wish_.mutable_policy()->mutable_request();
  request.mutable_starts_at()->set_seconds(1'600'000'000);
  request.mutable_series_starts_at()->set_seconds(1'600'000'000);
  request.set_validate_only(true);
  request.set_request_id("00000000-0000-4000-8000-000000000001");
  request.mutable_interval()->set_seconds(420);
  request.mutable_time_limit()->set_seconds(91);
  wish_.mutable_policy()->mutable_every()->set_seconds(90);
  const absl::Status refused = Put().status();
  EXPECT_EQ(base::ReasonOf(refused), "INVALID_POLICY");
  std::vector<std::string> fields;
  for (const auto& violation : base::ViolationsOf(refused)) fields.push_back(violation.field);
  EXPECT_THAT(fields, ElementsAre("policy.request.starts_at", "policy.request.series_starts_at",
                                  "policy.request.validate_only", "policy.request.request_id",
                                  "policy.request.interval", "policy.every", "policy.request.time_limit"));
}

TEST_F(PolicyHandlersTest, OneAreaNeedsNoNameAndAnUnknownOneIsRefused) {
  wish_.mutable_policy()->mutable_request()->clear_region_id();
  EXPECT_EQ(MustPut().request().region_id(), "CA");
  wish_.mutable_policy()->mutable_request()->set_region_id("MARS");
  server::Call call = CallAs(Admin());
  EXPECT_EQ(base::ReasonOf(handlers_.PutPolicy(call, wish_).status()), "REGION_NOT_FOUND");
  EXPECT_TRUE(call.TakeWants().catch_up) << "it may have been put a moment ago";
}

TEST_F(PolicyHandlersTest, OperatorsRunWhatTheyOperateAndTakeNothingElseOver) {
  EXPECT_EQ(PutReason(Operator({"SOUTH"})), "UNAUTHORIZED");
  MustPut(Operator({"NORTH"}));
  wish_.mutable_policy()->mutable_request()->set_region_id("SOUTH");
  EXPECT_EQ(PutReason(Operator({"SOUTH"})), "UNAUTHORIZED") << "it is a policy of NORTH";
  EXPECT_EQ(base::ReasonOf(Delete(Operator({"SOUTH"})).status()), "UNAUTHORIZED");
  EXPECT_TRUE(Put(Operator({"NORTH", "SOUTH"})).ok());
}

TEST_F(PolicyHandlersTest, ADeletedPolicyIsOfTheRevisionThatWasSeen) {
  EXPECT_EQ(base::ReasonOf(Delete(Admin()).status()), "POLICY_NOT_FOUND");
  MustPut();
  EXPECT_EQ(base::ReasonOf(Delete(Admin(), 2).status()), "REVISION_MISMATCH");
  const auto plan = Delete(Operator({"NORTH"}), 1);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(std::get<store::PolicyDelete>(plan->mutation.writes.at(0)).revision, 1);
  EXPECT_EQ(plan->mutation.events.at(0).summary, "Policy quarter-hourly of NORTH was deleted.");
}

TEST_F(PolicyHandlersTest, ListsInPagesWhatTheCallerOperates) {
  MustPut();
  domain::OptimizationPolicy south = *stored_;
  south.policy_id = "south";
  south.region_id = "SOUTH";
  south.last_error_reason = "INFEASIBLE";
  south.consecutive_failures = 3;
  using Page = absl::StatusOr<std::vector<domain::OptimizationPolicy>>;
  EXPECT_CALL(queries_, ListPolicies(_, std::string_view(""), 2, _)).WillRepeatedly(Return(Page({*stored_, south})));
  EXPECT_CALL(queries_, ListPolicies(_, std::string_view("south"), 2, _)).WillOnce(Return(Page(absl::in_place)));
  v1::ListPoliciesRequest request;
  request.set_page_size(2);
  server::Call limited = CallAs(Operator({"SOUTH"})), all = CallAs(Admin()), next = CallAs(Admin());
  const auto own = handlers_.ListPolicies(limited, request);
  ASSERT_TRUE(own.ok()) << own.status();
  ASSERT_EQ(own->policies_size(), 1);
  EXPECT_EQ(own->policies(0).policy_id(), "south");
  EXPECT_EQ(own->policies(0).last_error_reason(), "INFEASIBLE");
  EXPECT_EQ(own->policies(0).consecutive_failures(), 3);
  const auto first = handlers_.ListPolicies(all, request);
  EXPECT_EQ(first->policies_size(), 2);
  request.set_page_token(first->next_page_token());
  EXPECT_EQ(handlers_.ListPolicies(next, request)->policies_size(), 0);
  server::Call elsewhere = CallAs(Operator({"SOUTH"}));
  v1::ListPoliciesRequest of_north;
  of_north.set_region_id("NORTH");
  EXPECT_EQ(base::ReasonOf(handlers_.ListPolicies(elsewhere, of_north).status()), "UNAUTHORIZED");
}

}  // namespace
}  // namespace derms::optimizer
