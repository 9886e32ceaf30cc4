// Maintenance, statistics and audit: what they ask of store and read model, and what they refuse.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/base/error.h"
#include "libs/server/testing/mock_queries.h"
#include "libs/server/testing/test_calls.h"
#include "libs/server/testing/test_fleet.h"
#include "libs/wire/convert_time.h"
#include "services/registry/audit_handlers.h"
#include "services/registry/maintenance_handlers.h"
#include "services/registry/stats_handlers.h"

namespace derms::registry {
namespace {

using server::testing::Admin;
using server::testing::BatteryOf;
using server::testing::CallAs;
using server::testing::kNow;
using server::testing::Operator;
using server::testing::Owner;
using server::testing::TimeKey;
using ::testing::_;
using ::testing::Eq;
using ::testing::Return;
using ::testing::SizeIs;

class OtherHandlersTest : public ::testing::Test {
 protected:
  OtherHandlersTest() {
    fleet_.PutDer(BatteryOf("BAT_1", "owner-1"));
    fleet_.PutDer(BatteryOf("BAT_2", "owner-2"));
  }
  auto Record(domain::Caller caller, absl::Duration length) {
    server::Call call = CallAs(std::move(caller));
    v1::RecordMaintenanceRequest request;
    request.set_der_id("BAT_1");
    request.set_kind(v1::MAINTENANCE_KIND_INSPECTION);
    *request.mutable_starts_at() = wire::ToProto(kNow);
    *request.mutable_ends_at() = wire::ToProto(kNow + length);
    request.set_notes("looked at the fans");
    return maintenance_.RecordMaintenance(call, request);
  }

  server::testing::TestFleet fleet_;
  server::testing::CountingIds ids_;
  ::testing::StrictMock<server::testing::MockQueries> queries_;
  MaintenanceHandlers maintenance_{fleet_, queries_, ids_};
  StatsHandlers stats_{fleet_};
  AuditHandlers audit_{queries_};
};

TEST_F(OtherHandlersTest, MaintenanceIsRecordedWithItsEvent) {
  const auto plan = Record(Operator(), absl::Hours(2));
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->response.record().recorded_by(), "operator-1");
  ASSERT_THAT(plan->mutation.events, SizeIs(1));
  EXPECT_EQ(plan->mutation.events[0].type, domain::EventType::kMaintenanceRecorded);
  EXPECT_EQ(plan->mutation.events[0].resource_id, plan->response.record().record_id());
  EXPECT_EQ(plan->mutation.events[0].owner_id, "owner-1");
}

TEST_F(OtherHandlersTest, MaintenanceEndsAfterItStartsAndIsTheOwnersMatter) {
  EXPECT_EQ(base::ReasonOf(Record(Operator(), absl::ZeroDuration()).status()), "INVALID_INTERVAL");
  EXPECT_EQ(base::ReasonOf(Record(Owner("owner-2"), absl::Hours(1)).status()), "UNAUTHORIZED");
}

TEST_F(OtherHandlersTest, MaintenanceIsPagedByTimeAndId) {
  const auto at = [](int minutes, std::string id) {
    return domain::MaintenanceRecord{.record_id = std::move(id), .recorded_at = kNow - absl::Minutes(minutes)};
  };
  EXPECT_CALL(queries_, ListMaintenance(std::string_view("BAT_1"), Eq(TimeKey()), 3, _))
      .WillOnce(Return(std::vector{at(1, "r1"), at(2, "r2"), at(3, "r3")}));
  EXPECT_CALL(queries_, ListMaintenance(std::string_view("BAT_1"), Eq(TimeKey({kNow - absl::Minutes(2), "r2"})), 3, _))
      .WillOnce(Return(std::vector{at(3, "r3")}));
  server::Call call = CallAs(Owner());
  v1::ListMaintenanceRequest request;
  request.set_der_id("BAT_1");
  request.set_page_size(2);
  const auto first = maintenance_.ListMaintenance(call, request);
  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_EQ(first->records_size(), 2);
  request.set_page_token(first->next_page_token());
  const auto second = maintenance_.ListMaintenance(call, request);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(second->records(0).record_id(), "r3");
  EXPECT_EQ(second->next_page_token(), "");
}

TEST_F(OtherHandlersTest, EveryoneCountsTheFleetButMeasuresOnlyWhatItMaySee) {
  fleet_.PutReading({.der_id = "BAT_1", .measured_at = kNow, .power_kw = 30});
  fleet_.PutReading({.der_id = "BAT_2", .measured_at = kNow, .power_kw = 50});
  for (const auto& [caller, measured_kw] : {std::pair(Owner("owner-1"), 30.0), std::pair(Admin(), 80.0)}) {
    server::Call call = CallAs(caller);
    const auto stats = stats_.GetStats(call, {});
    ASSERT_TRUE(stats.ok()) << stats.status();
    EXPECT_EQ(stats->der_count(), 2);
    EXPECT_EQ(stats->capacity_kw(), 200);
    EXPECT_EQ(stats->types_size(), 6);
    EXPECT_EQ(stats->types(2).measured_power_kw(), measured_kw) << caller.subject;
    EXPECT_FALSE(stats->types(0).has_measured_power_kw());
    EXPECT_EQ(stats->age_seconds(), 1.5);
  }
  server::Call call = CallAs(Admin());
  v1::GetStatsRequest nowhere;
  nowhere.set_region_id("MARS");
  EXPECT_EQ(base::ReasonOf(stats_.GetStats(call, nowhere).status()), "UNKNOWN_REGION");
}

TEST_F(OtherHandlersTest, VerifyLogHasDefaultsAndAsksForAWholeCheckpoint) {
  EXPECT_CALL(queries_, VerifyChain(1, 100'000, Eq(std::nullopt), _))
      .WillOnce(Return(store::ChainCheck{.valid = false,
                                         .broken_sequence = 4,
                                         .finding = "the hash of 4 differs",
                                         .checked = 4,
                                         .through_sequence = 4}));
  server::Call call = CallAs(Admin());
  v1::VerifyLogRequest request;
  const auto verdict = audit_.VerifyLog(call, request);
  ASSERT_TRUE(verdict.ok()) << verdict.status();
  EXPECT_FALSE(verdict->valid());
  EXPECT_EQ(verdict->broken_sequence(), 4);
  request.mutable_checkpoint()->set_sequence(4);
  request.mutable_checkpoint()->set_chain_hash("ABC");
  EXPECT_EQ(base::ReasonOf(audit_.VerifyLog(call, request).status()), "INVALID_CHECKPOINT");
}

}  // namespace
}  // namespace derms::registry
