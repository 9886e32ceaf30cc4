#include "services/registry/report_handlers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/base/error.h"
#include "libs/server/testing/test_calls.h"
#include "libs/server/testing/test_fleet.h"
#include "libs/wire/convert_time.h"
#include "services/registry/testing/played_history.h"

namespace derms::registry {
namespace {

using server::testing::Admin;
using server::testing::BatteryOf;
using server::testing::CallAs;
using server::testing::kNow;
using server::testing::Operator;
using server::testing::Owner;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Optional;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

constexpr absl::Duration kHour = absl::Hours(1);

class ReportHandlersTest : public ::testing::Test {
 protected:
  ReportHandlersTest() {
    fleet_.PutDer(BatteryOf("BAT_1", "owner-1"));
    fleet_.PutDer(BatteryOf("BAT_2", "owner-2"));
  }
  static v1::GetReportRequest Asking(v1::ReportKind kind = v1::REPORT_KIND_PERFORMANCE) {
    v1::GetReportRequest request;
    request.set_kind(kind);
    *request.mutable_from() = wire::ToProto(kNow - 24 * kHour);
    return request;
  }
  absl::StatusOr<v1::GetReportResponse> Report(domain::Caller caller, const v1::GetReportRequest& request) {
    server::Call call = CallAs(std::move(caller));
    auto response = handlers_.GetReport(call, request);
    EXPECT_TRUE(!response.ok() || call.checked());
    return response;
  }
  std::string ReasonOf(domain::Caller caller, const v1::GetReportRequest& request) {
    return base::ReasonOf(Report(std::move(caller), request).status());
  }
  const store::ReportScope& asked() const { return history_.asked.scope; }

  server::testing::TestFleet fleet_;
  testing::PlayedHistory history_;
  const gridcode::ProfileShelf profiles_;
  const ComplianceReports compliance_{fleet_, history_, profiles_};
  ReportHandlers handlers_{fleet_, history_, compliance_};
};

TEST_F(ReportHandlersTest, AnOwnerIsInThePredicateHoweverItAsks) {
  ASSERT_TRUE(Report(Owner("owner-1"), Asking()).ok());
  EXPECT_THAT(asked().owner_id, Optional(std::string("owner-1")));
  v1::GetReportRequest request = Asking();
  request.set_der_id("BAT_1");
  ASSERT_TRUE(Report(Owner("owner-1"), request).ok());
  EXPECT_THAT(asked().owner_id, Optional(std::string("owner-1")));
  request.set_der_id("BAT_2");
  EXPECT_EQ(ReasonOf(Owner("owner-1"), request), "UNAUTHORIZED");
  request.set_der_id("BAT_9");
  EXPECT_EQ(ReasonOf(Owner("owner-1"), request), "DER_NOT_FOUND");
  request = Asking();
  request.set_owner_id("owner-2");
  EXPECT_EQ(ReasonOf(Owner("owner-1"), request), "UNAUTHORIZED");
  request = Asking();
  request.set_region_id("SOUTH");
  ASSERT_TRUE(Report(Owner("owner-1"), request).ok());
  EXPECT_THAT(asked().owner_id, Optional(std::string("owner-1"))) << "a region opens nothing";
}

TEST_F(ReportHandlersTest, AnOperatorOfARegionSeesThatRegion) {
  ASSERT_TRUE(Report(Operator({"NORTH"}), Asking()).ok());
  EXPECT_THAT(asked().region_ids, Optional(ElementsAre("NORTH")));
  v1::GetReportRequest request = Asking();
  request.set_region_id("CA");
  ASSERT_TRUE(Report(Operator({"NORTH"}), request).ok());
  EXPECT_THAT(asked().region_ids, Optional(ElementsAre("NORTH"))) << "of the area its own part";
  request.set_region_id("SOUTH");
  ASSERT_TRUE(Report(Operator({"NORTH"}), request).ok());
  EXPECT_THAT(asked().region_ids, Optional(IsEmpty()));
  ASSERT_TRUE(Report(Operator(), Asking()).ok());
  EXPECT_EQ(asked().region_ids, std::nullopt);
  request.set_region_id("CA");
  ASSERT_TRUE(Report(Admin(), request).ok());
  EXPECT_THAT(asked().region_ids, Optional(UnorderedElementsAre("CA", "NORTH", "SOUTH")));
  request.set_region_id("NOWHERE");
  EXPECT_EQ(ReasonOf(Admin(), request), "UNKNOWN_REGION");
}

TEST_F(ReportHandlersTest, ThePeriodIsOfWholeHoursAndEndsNow) {
  v1::GetReportRequest request = Asking();
  *request.mutable_from() = wire::ToProto(kNow - 3 * kHour - absl::Minutes(7));
  ASSERT_TRUE(Report(Admin(), request).ok());
  EXPECT_EQ(absl::ToUnixSeconds(history_.asked.from) % 3600, 0);
  EXPECT_LE(history_.asked.from, kNow - 3 * kHour - absl::Minutes(7));
  EXPECT_EQ(history_.asked.until, kNow);
  *request.mutable_until() = wire::ToProto(kNow - kHour * 2 - absl::Minutes(1));
  ASSERT_TRUE(Report(Admin(), request).ok());
  EXPECT_EQ(absl::ToUnixSeconds(history_.asked.until) % 3600, 0);
  EXPECT_GE(history_.asked.until, kNow - kHour * 2 - absl::Minutes(1));
}

TEST_F(ReportHandlersTest, RefusesPeriodsThatAreEmptyOrTooLong) {
  v1::GetReportRequest request = Asking();
  *request.mutable_until() = request.from();
  request.mutable_until()->set_seconds(request.from().seconds() - 7200);
  EXPECT_EQ(ReasonOf(Admin(), request), "INVALID_PERIOD");
  request = Asking();
  *request.mutable_from() = wire::ToProto(kNow + kHour);
  EXPECT_EQ(ReasonOf(Admin(), request), "INVALID_PERIOD");
  *request.mutable_from() = wire::ToProto(kNow - 401 * 24 * kHour);
  EXPECT_EQ(ReasonOf(Admin(), request), "INVALID_PERIOD");
}

TEST_F(ReportHandlersTest, PagesGoOnAfterTheLastDer) {
  for (const char* id : {"BAT_1", "BAT_2", "BAT_3"}) history_.rows.push_back({BatteryOf(id), {}});
  v1::GetReportRequest request = Asking();
  request.set_page_size(2);
  const auto first = Report(Admin(), request);
  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_THAT(first->performance(), SizeIs(2));
  EXPECT_FALSE(first->next_page_token().empty());
  request.set_page_token(first->next_page_token());
  ASSERT_TRUE(Report(Admin(), request).ok());
  EXPECT_EQ(history_.asked_after, "BAT_2");
  request.set_kind(v1::REPORT_KIND_CARBON);
  EXPECT_EQ(ReasonOf(Admin(), request), "INVALID_PAGE_TOKEN") << "of another report";
}

TEST_F(ReportHandlersTest, ASecondPageReadsAheadForThoseAfterItAndKeepsThePeriod) {
  for (int i = 0; i < 9; ++i) history_.rows.push_back({BatteryOf("BAT_" + std::to_string(i)), {}});
  v1::GetReportRequest request = Asking();
  request.set_page_size(2);
  std::vector<std::string> ids;
  absl::Time until;
  for (int page = 0; page < 5; ++page) {
    const auto answer = Report(Admin(), request);
    ASSERT_TRUE(answer.ok()) << answer.status();
    for (const v1::Performance& row : answer->performance()) ids.push_back(row.der_id());
    if (page == 0) until = wire::FromProto(answer->until());
    EXPECT_EQ(wire::FromProto(answer->until()), until);
    EXPECT_EQ(answer->next_page_token().empty(), page == 4);
    request.set_page_token(answer->next_page_token());
  }
  EXPECT_THAT(ids, ElementsAre("BAT_0", "BAT_1", "BAT_2", "BAT_3", "BAT_4", "BAT_5", "BAT_6", "BAT_7", "BAT_8"));
  EXPECT_THAT(history_.asked_limits, ElementsAre(3, 10'000)) << "two reads for five pages";
}

TEST_F(ReportHandlersTest, WhatWasReadAheadIsNotToldToWhoHasLostIt) {
  for (int i = 0; i < 6; ++i) {
    history_.rows.push_back({BatteryOf("BAT_" + std::to_string(i), "owner-1"), {}});
    fleet_.PutDer(history_.rows.back().der);
  }
  v1::GetReportRequest request = Asking();
  request.set_page_size(2);
  request.set_page_token(Report(Owner("owner-1"), request)->next_page_token());
  request.set_page_token(Report(Owner("owner-1"), request)->next_page_token());
  fleet_.PutDer(BatteryOf("BAT_4", "owner-2"));
  const auto third = Report(Owner("owner-1"), request);
  ASSERT_TRUE(third.ok()) << third.status();
  ASSERT_THAT(third->performance(), SizeIs(1));
  EXPECT_EQ(third->performance(0).der_id(), "BAT_5");
}

TEST_F(ReportHandlersTest, CsvHasItsNamesOnTheFirstPageOnly) {
  for (const char* id : {"BAT_1", "BAT_2"}) history_.rows.push_back({BatteryOf(id), {}});
  v1::GetReportRequest request = Asking();
  request.set_format(v1::REPORT_FORMAT_CSV);
  request.set_page_size(1);
  const auto first = Report(Admin(), request);
  EXPECT_EQ(first->csv().rfind("\"der_id\",", 0), 0u);
  EXPECT_THAT(first->performance(), IsEmpty());
  request.set_page_token(first->next_page_token());
  EXPECT_EQ(Report(Admin(), request)->csv().rfind("\"BAT_2\",", 0), 0u);
}

TEST_F(ReportHandlersTest, CarbonIsToldByOwnerInPages) {
  for (const auto& [id, owner] : {std::pair{"BAT_1", "zoe"}, {"BAT_2", "adam"}, {"BAT_3", "zoe"}}) {
    store::DerCarbon row;
    row.der = BatteryOf(id, owner);
    row.generated_kwh = 7;
    row.stored = domain::StoredCarbonFlows{.discharged_kg = 2, .end_kg = 1};
    history_.carbon.push_back(row);
  }
  v1::GetReportRequest request = Asking();
  request.set_kind(v1::REPORT_KIND_CARBON);
  EXPECT_THAT(Report(Admin(), request)->carbon(), SizeIs(3));
  request.set_grouping(v1::REPORT_GROUPING_OWNER);
  request.set_page_size(1);
  const auto first = Report(Admin(), request);
  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_THAT(first->carbon(), SizeIs(1));
  EXPECT_EQ(first->carbon(0).owner_id(), "adam");
  request.set_page_token(first->next_page_token());
  const auto second = Report(Admin(), request);
  ASSERT_THAT(second->carbon(), SizeIs(1));
  EXPECT_EQ(second->carbon(0).owner_id(), "zoe");
  EXPECT_EQ(second->carbon(0).der_count(), 2);
  EXPECT_EQ(second->carbon(0).emitted_kg(), 4);
  EXPECT_EQ(second->next_page_token(), "");
}

TEST_F(ReportHandlersTest, TheTotalIsTheSumOfItsDers) {
  for (const char* id : {"BAT_1", "BAT_2"}) {
    history_.rows.push_back({BatteryOf(id), {.der_count = 1, .capacity_kw = 100, .generated_kwh = 7}});
  }
  v1::GetPerformanceRequest request;
  *request.mutable_from() = wire::ToProto(kNow - kHour);
  server::Call call = CallAs(Admin());
  const auto response = handlers_.GetPerformance(call, request);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->total().der_count(), 2);
  EXPECT_EQ(response->total().generated_kwh(), 14);
}

TEST_F(ReportHandlersTest, ReadingsAreListedInPagesToWhoMaySeeTheDer) {
  for (int i = 0; i < 3; ++i) history_.points.push_back({.measured_at = kNow + i * kHour, .power_kw = i});
  v1::ListReadingsRequest request;
  request.set_der_id("BAT_1");
  request.set_page_size(2);
  server::Call call = CallAs(Owner("owner-1"));
  const auto page = handlers_.ListReadings(call, request);
  ASSERT_TRUE(page.ok()) << page.status();
  ASSERT_THAT(page->readings(), SizeIs(2));
  EXPECT_EQ(page->readings(1).der_id(), "BAT_1");
  request.set_page_token(page->next_page_token());
  ASSERT_TRUE(handlers_.ListReadings(call, request).ok());
  EXPECT_EQ(history_.asked_from, kNow + kHour + absl::Microseconds(1));
  server::Call foreign = CallAs(Owner("owner-2"));
  EXPECT_EQ(base::ReasonOf(handlers_.ListReadings(foreign, request).status()), "UNAUTHORIZED");
}

}  // namespace
}  // namespace derms::registry
