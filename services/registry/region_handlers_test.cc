#include "services/registry/region_handlers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/base/error.h"
#include "libs/server/testing/test_calls.h"
#include "libs/server/testing/test_fleet.h"

namespace derms::registry {
namespace {

using server::testing::Admin;
using server::testing::CallAs;
using server::testing::Operator;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class RegionHandlersTest : public ::testing::Test {
 protected:
  auto Put(domain::Caller caller, const std::string& region_id, const std::string& parent_region_id,
           double export_limit_kw = 500) {
    server::Call call = CallAs(std::move(caller));
    v1::PutRegionRequest request;
    request.mutable_region()->set_region_id(region_id);
    request.mutable_region()->set_parent_region_id(parent_region_id);
    request.mutable_region()->set_export_limit_kw(export_limit_kw);
    return handlers_.PutRegion(call, request);
  }
  std::string Reason(domain::Caller caller, const std::string& region_id, const std::string& parent_region_id) {
    return base::ReasonOf(Put(std::move(caller), region_id, parent_region_id).status());
  }

  server::testing::TestFleet fleet_;
  server::testing::CountingIds ids_;
  RegionHandlers handlers_{fleet_, ids_};
};

TEST_F(RegionHandlersTest, ANewRegionHasRevisionOneAndItsEvent) {
  const auto plan = Put(Admin(), "EAST", "CA");
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->response.region().revision(), 1);
  ASSERT_THAT(plan->mutation.events, SizeIs(1));
  EXPECT_EQ(plan->mutation.events[0].summary, "Region EAST was created.");
  EXPECT_EQ(plan->mutation.events[0].region_id, "EAST");
}

TEST_F(RegionHandlersTest, ThePutIsRepeatable) {
  const auto first = Put(Admin(), "NORTH", "CA", 700);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->response.region().revision(), 2);
  fleet_.Apply(first->mutation);
  const auto second = Put(Admin(), "NORTH", "CA", 700);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(second->response.region().revision(), 2);
  EXPECT_THAT(second->mutation.writes, IsEmpty());
}

TEST_F(RegionHandlersTest, WhatMemoryTakesForDoneIsDoubtedOnce) {
  server::Call region_call = CallAs(Admin());
  v1::PutRegionRequest region;
  *region.mutable_region() = Put(Admin(), "EAST", "CA")->response.region();
  fleet_.Apply(Put(Admin(), "EAST", "CA")->mutation);
  ASSERT_TRUE(handlers_.PutRegion(region_call, region).ok());
  EXPECT_TRUE(region_call.TakeWants().catch_up);
  ASSERT_TRUE(handlers_.PutRegion(region_call, region).ok());
  EXPECT_FALSE(region_call.TakeWants().any());

  server::Call rule_call = CallAs(Admin());
  v1::PutCapacityRuleRequest rule;
  *rule.mutable_capacity_rule() = handlers_.ListCapacityRules(rule_call, {})->capacity_rules(0);
  ASSERT_TRUE(handlers_.PutCapacityRule(rule_call, rule).ok());
  EXPECT_TRUE(rule_call.TakeWants().catch_up);
}

TEST_F(RegionHandlersTest, OperatorsChangeWhatTheyOperateAndMoveNothingElsewhere) {
  EXPECT_TRUE(Put(Operator({"NORTH"}), "NORTH", "CA").ok());
  EXPECT_TRUE(Put(Operator({"NORTH"}), "NORTH_1", "NORTH").ok());
  EXPECT_EQ(Reason(Operator({"NORTH"}), "SOUTH", "CA"), "UNAUTHORIZED");
  EXPECT_EQ(Reason(Operator({"NORTH"}), "NORTH", "SOUTH"), "UNAUTHORIZED");
  EXPECT_EQ(Reason(Operator({"NORTH"}), "NEVADA", ""), "UNAUTHORIZED");
  EXPECT_TRUE(Put(Operator(), "NEVADA", "").ok());
}

TEST_F(RegionHandlersTest, TheTreeStaysATree) {
  EXPECT_EQ(Reason(Admin(), "EAST", "MARS"), "UNKNOWN_REGION");
  EXPECT_EQ(Reason(Admin(), "CA", "NORTH"), "REGION_CYCLE");
}

TEST_F(RegionHandlersTest, ListsByIdInPages) {
  std::vector<std::string> ids;
  v1::ListRegionsRequest request;
  request.set_page_size(2);
  do {
    server::Call call = CallAs(Admin());
    const auto page = handlers_.ListRegions(call, request);
    ASSERT_TRUE(page.ok()) << page.status();
    for (const auto& region : page->regions()) ids.push_back(region.region_id());
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  EXPECT_THAT(ids, ElementsAre("CA", "NORTH", "SOUTH"));
}

TEST_F(RegionHandlersTest, CapacityRulesMustNotContradictThemselves) {
  v1::PutCapacityRuleRequest request;
  v1::CapacityRule& rule = *request.mutable_capacity_rule();
  rule.set_type(v1::DER_TYPE_HYDRO);
  rule.set_min_kw(1);
  rule.set_usual_min_kw(5);
  rule.set_usual_max_kw(50);
  rule.set_max_kw(40);
  server::Call call = CallAs(Admin());
  EXPECT_EQ(base::ReasonOf(handlers_.PutCapacityRule(call, request).status()), "INVALID_CAPACITY");
  rule.set_max_kw(60);
  const auto plan = handlers_.PutCapacityRule(call, request);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->mutation.events.at(0).summary, "Capacity rule of HYDRO: 1 to 60 kW, usually 5 to 50 kW.");
  fleet_.Apply(plan->mutation);
  EXPECT_THAT(handlers_.PutCapacityRule(call, request)->mutation.writes, IsEmpty());
  EXPECT_EQ(handlers_.ListCapacityRules(call, {})->capacity_rules_size(), 6);
}

}  // namespace
}  // namespace derms::registry
