#include "services/emergency/standing_handlers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/base/error.h"
#include "libs/server/testing/mock_control_queries.h"
#include "libs/server/testing/test_calls.h"
#include "libs/server/testing/test_fleet.h"
#include "libs/wire/convert_time.h"

namespace derms::emergency {
namespace {

using domain::StandingControl;
using domain::StandingKind;
using server::testing::Admin;
using server::testing::BatteryOf;
using server::testing::CallAs;
using server::testing::kNow;
using server::testing::Operator;
using ::testing::_;
using ::testing::ElementsAre;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Return;
using ::testing::SizeIs;

const absl::Time kEnd = kNow + absl::Hours(3);

v1::PutLimitRequest Feeder12() {
  v1::PutLimitRequest request;
  v1::StandingControl& limit = *request.mutable_limit();
  limit.set_control_id("FEEDER-12");
  limit.set_der_id("BAT_1");
  limit.mutable_power()->set_max_power_kw(20);
  limit.set_primacy(65);
  *limit.mutable_valid_until() = wire::ToProto(kEnd);
  limit.set_reason("feeder 12 is hot");
  return request;
}

v1::PutLimitRequest Feeder12For(const std::string& der_id, const std::string& region_id) {
  auto request = Feeder12();
  request.mutable_limit()->set_der_id(der_id);
  request.mutable_limit()->set_region_id(region_id);
  request.mutable_limit()->clear_power();
  request.mutable_limit()->mutable_power()->set_max_power_share(0.5);
  return request;
}

// As operator-1 put Feeder12() an hour ago.
StandingControl StoredFeeder12() {
  StandingControl limit;
  limit.control_id = "FEEDER-12";
  limit.der_id = "BAT_1";
  limit.primacy = 65;
  limit.power.max_power_kw = 20;
  limit.starts_at = limit.put_at = kNow - absl::Hours(1);
  limit.valid_until = kEnd;
  limit.reason = "feeder 12 is hot";
  limit.put_by = "operator-1";
  limit.revision = 4;
  return limit;
}

class StandingHandlersTest : public ::testing::Test {
 protected:
  StandingHandlersTest() {
    fleet_.PutDer(BatteryOf("BAT_1"));
    domain::Der south = BatteryOf("BAT_2");
    south.region_id = "SOUTH";
    fleet_.PutDer(south);
  }
  void Stored(std::optional<StandingControl> limit) {
    EXPECT_CALL(queries_, GetStanding(StandingKind::kLimit, std::string_view("FEEDER-12"), _))
        .WillRepeatedly(Return(std::move(limit)));
  }
  auto Put(domain::Caller caller, const v1::PutLimitRequest& request) {
    server::Call call = CallAs(std::move(caller));
    return handlers_.PutLimit(call, request);
  }
  auto End(domain::Caller caller, std::int64_t expected_revision = 0) {
    server::Call call = CallAs(std::move(caller));
    v1::EndLimitRequest request;
    request.set_control_id("FEEDER-12");
    request.set_expected_revision(expected_revision);
    return handlers_.EndLimit(call, request);
  }
  auto List(domain::Caller caller, const v1::ListLimitsRequest& request) {
    server::Call call = CallAs(std::move(caller));
    return handlers_.ListLimits(call, request);
  }
  std::string PutReason(domain::Caller caller, const v1::PutLimitRequest& request) {
    return base::ReasonOf(Put(std::move(caller), request).status());
  }

  server::testing::TestFleet fleet_;
  server::testing::CountingIds ids_;
  ::testing::StrictMock<server::testing::MockControlQueries> queries_;
  StandingHandlers handlers_{fleet_, queries_, ids_};
};

TEST_F(StandingHandlersTest, ANewOneIsOneRowAndOneEvent) {
  Stored(std::nullopt);
  const auto plan = Put(Operator(), Feeder12());
  ASSERT_TRUE(plan.ok()) << plan.status();
  const v1::StandingControl& limit = plan->response.limit();
  EXPECT_EQ(limit.revision(), 1);
  EXPECT_EQ(limit.put_by(), "operator-1");
  EXPECT_EQ(wire::FromProto(limit.starts_at()), kNow) << "from now, as nothing was said";
  EXPECT_THAT(plan->mutation.writes, SizeIs(1));
  ASSERT_THAT(plan->mutation.events, SizeIs(1));
  const domain::Event& event = plan->mutation.events[0];
  EXPECT_EQ(event.type, domain::EventType::kLimitPut);
  EXPECT_EQ(event.owner_id, "owner-1");
  EXPECT_EQ(event.summary, "The limit FEEDER-12 for DER BAT_1 was given: feeder 12 is hot");
}

TEST_F(StandingHandlersTest, AChangeRaisesTheRevision) {
  Stored(StoredFeeder12());
  auto request = Feeder12();
  request.mutable_limit()->mutable_power()->set_max_power_kw(10);
  const auto plan = Put(Operator(), request);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->response.limit().revision(), 5);
  EXPECT_TRUE(plan->retry_on_conflict);
  EXPECT_THAT(plan->mutation.events.at(0).summary, HasSubstr("was changed"));
}

TEST_F(StandingHandlersTest, AnUnchangedPutWritesNothing) {
  Stored(StoredFeeder12());
  const auto plan = Put(Operator(), Feeder12());
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->response.limit().revision(), 4);
  EXPECT_THAT(plan->mutation.writes, IsEmpty());
  EXPECT_THAT(plan->mutation.events, IsEmpty());
  EXPECT_THAT(Put(Admin(), Feeder12())->mutation.writes, SizeIs(1)) << "another one stands behind it now";
}

TEST_F(StandingHandlersTest, ValidateOnlyAnswersAlikeAndWritesNothing) {
  Stored(std::nullopt);
  auto request = Feeder12();
  request.set_validate_only(true);
  const auto plan = Put(Operator(), request);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->response.limit().revision(), 1);
  EXPECT_THAT(plan->mutation.writes, IsEmpty());
  EXPECT_THAT(plan->mutation.events, IsEmpty());
}

TEST_F(StandingHandlersTest, WhoKnowsAnotherRevisionIsRefusedAndNotRetried) {
  Stored(StoredFeeder12());
  auto request = Feeder12();
  request.mutable_limit()->set_primacy(1);
  request.set_expected_revision(3);
  EXPECT_EQ(PutReason(Operator(), request), "REVISION_MISMATCH");
  request.set_expected_revision(4);
  EXPECT_FALSE(Put(Operator(), request)->retry_on_conflict);
  EXPECT_EQ(base::ReasonOf(End(Operator(), 3).status()), "REVISION_MISMATCH");
  EXPECT_FALSE(End(Operator(), 4)->retry_on_conflict);
}

TEST_F(StandingHandlersTest, ARevisionOfWhatIsNotThereIsRefused) {
  Stored(std::nullopt);
  auto request = Feeder12();
  request.set_expected_revision(1);
  EXPECT_EQ(PutReason(Operator(), request), "LIMIT_NOT_FOUND");
}

TEST_F(StandingHandlersTest, RefusesByNameBeforeItReads) {
  EXPECT_EQ(PutReason(Admin(), Feeder12For("", "")), "INVALID_CONTROL");
  EXPECT_EQ(PutReason(Admin(), Feeder12For("BAT_9", "")), "DER_NOT_FOUND");
  EXPECT_EQ(PutReason(Admin(), Feeder12For("", "MARS")), "REGION_NOT_FOUND");
}

TEST_F(StandingHandlersTest, OperatorsReachOnlyTheirRegions) {
  Stored(std::nullopt);
  EXPECT_TRUE(Put(Operator({"SOUTH"}), Feeder12For("BAT_2", "")).ok());
  for (const auto& [der_id, region_id] :
       {std::pair("BAT_1", ""), std::pair("ALL_DERS", ""), std::pair("", "NORTH"), std::pair("", "CA")}) {
    EXPECT_EQ(PutReason(Operator({"SOUTH"}), Feeder12For(der_id, region_id)), "UNAUTHORIZED") << der_id << region_id;
  }
}

TEST_F(StandingHandlersTest, NobodyTurnsWhatHeMayNotTouchIntoWhatHeMay) {
  Stored(StoredFeeder12());
  EXPECT_EQ(PutReason(Operator({"SOUTH"}), Feeder12For("BAT_2", "")), "UNAUTHORIZED");
  EXPECT_EQ(base::ReasonOf(End(Operator({"SOUTH"})).status()), "UNAUTHORIZED");
}

TEST_F(StandingHandlersTest, EndedItIsOverNow) {
  Stored(StoredFeeder12());
  const auto plan = End(Operator({"NORTH"}));
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(wire::FromProto(plan->response.limit().valid_until()), kNow);
  EXPECT_EQ(plan->response.limit().revision(), 5);
  EXPECT_EQ(plan->mutation.events.at(0).type, domain::EventType::kLimitEnded);
}

TEST_F(StandingHandlersTest, EndedBeforeItsStartItNeverHolds) {
  StandingControl ahead = StoredFeeder12();
  ahead.starts_at = kNow + absl::Hours(1);
  Stored(ahead);
  const auto plan = End(Operator());
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(wire::FromProto(plan->response.limit().starts_at()), kNow);
  EXPECT_EQ(wire::FromProto(plan->response.limit().valid_until()), kNow);
}

TEST_F(StandingHandlersTest, WhatIsOverOrUnknownIsNotEnded) {
  StandingControl over = StoredFeeder12();
  over.valid_until = kNow;
  Stored(over);
  EXPECT_EQ(base::ReasonOf(End(Operator()).status()), "LIMIT_ENDED");
  Stored(std::nullopt);
  EXPECT_EQ(base::ReasonOf(End(Operator()).status()), "LIMIT_NOT_FOUND");
}

TEST_F(StandingHandlersTest, DefaultsAreAnotherKindWithOtherNames) {
  EXPECT_CALL(queries_, GetStanding(StandingKind::kDefault, std::string_view("FEEDER-12"), _))
      .WillRepeatedly(Return(std::optional<StandingControl>()));
  v1::PutDefaultRequest request;
  *request.mutable_default_control() = Feeder12().limit();
  request.mutable_default_control()->mutable_power()->set_power_kw(5);
  server::Call call = CallAs(Operator());
  const auto plan = handlers_.PutDefault(call, request);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->response.default_control().power().power_kw(), 5);
  EXPECT_EQ(plan->mutation.events.at(0).type, domain::EventType::kDefaultPut);
  v1::EndDefaultRequest end;
  end.set_control_id("FEEDER-12");
  EXPECT_EQ(base::ReasonOf(handlers_.EndDefault(call, end).status()), "DEFAULT_NOT_FOUND");
  auto limit = Feeder12();
  limit.mutable_limit()->mutable_power()->set_power_kw(5);
  EXPECT_EQ(PutReason(Operator(), limit), "INVALID_CONTROL") << "a limit has no set-point";
}

std::vector<StandingControl> OfEveryScope() {
  std::vector<StandingControl> all(4, StoredFeeder12());
  const std::vector<std::pair<std::string, std::string>> scopes = {
      {"ALL_DERS", ""}, {"BAT_1", ""}, {"BAT_2", ""}, {"", "NORTH"}};
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i].control_id = std::string(1, static_cast<char>('a' + i));
    std::tie(all[i].der_id, all[i].region_id) = scopes[i];
  }
  return all;
}

std::vector<std::string> IdsOf(const v1::ListLimitsResponse& page) {
  std::vector<std::string> ids;
  for (const auto& limit : page.limits()) ids.push_back(limit.control_id());
  return ids;
}

TEST_F(StandingHandlersTest, OperatorsSeeThoseOfTheirRegions) {
  EXPECT_CALL(queries_, ListStanding(_, _, _, _, _)).WillRepeatedly(Return(OfEveryScope()));
  EXPECT_THAT(IdsOf(*List(Operator(), {})), ElementsAre("a", "b", "c", "d"));
  EXPECT_THAT(IdsOf(*List(Operator({"SOUTH"}), {})), ElementsAre("c"));
}

TEST_F(StandingHandlersTest, WhoOperatesADerSeesAllThatReachesIt) {
  EXPECT_CALL(queries_, ListStanding(_, _, _, _, _)).WillRepeatedly(Return(OfEveryScope()));
  v1::ListLimitsRequest request;
  request.set_der_id("BAT_2");
  EXPECT_THAT(IdsOf(*List(Operator({"SOUTH"}), request)), ElementsAre("a", "c"));
  EXPECT_EQ(base::ReasonOf(List(Operator({"NORTH"}), request).status()), "UNAUTHORIZED");
}

TEST_F(StandingHandlersTest, PagesGoOnAlsoWhereAPageShowsNothing) {
  auto rows = OfEveryScope();
  EXPECT_CALL(queries_, ListStanding(StandingKind::kLimit, Eq(std::optional(kNow)), std::string_view(""), 2, _))
      .WillOnce(Return(std::vector{rows[0], rows[1]}));
  EXPECT_CALL(queries_, ListStanding(StandingKind::kLimit, Eq(std::optional(kNow)), std::string_view("b"), 2, _))
      .WillOnce(Return(std::vector{rows[2]}));
  v1::ListLimitsRequest request;
  request.set_active_only(true);
  request.set_page_size(2);
  const auto first = List(Operator({"SOUTH"}), request);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_THAT(first->limits(), IsEmpty());
  request.set_page_token(first->next_page_token());
  const auto second = List(Operator({"SOUTH"}), request);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_THAT(IdsOf(*second), ElementsAre("c"));
  EXPECT_EQ(second->next_page_token(), "");
  request.set_active_only(false);
  EXPECT_EQ(base::ReasonOf(List(Operator({"SOUTH"}), request).status()), "INVALID_PAGE_TOKEN");
}

}  // namespace
}  // namespace derms::emergency
