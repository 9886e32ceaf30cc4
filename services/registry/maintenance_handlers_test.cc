#include "services/registry/maintenance_handlers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/base/error.h"
#include "libs/server/testing/mock_queries.h"
#include "libs/server/testing/test_calls.h"
#include "libs/server/testing/test_fleet.h"
#include "libs/wire/convert_time.h"

namespace derms::registry {
namespace {

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

class MaintenanceHandlersTest : public ::testing::Test {
 protected:
  MaintenanceHandlersTest() { fleet_.PutDer(BatteryOf("BAT_1", "owner-1")); }
  auto Record(domain::Caller caller, absl::Duration length) {
    server::Call call = CallAs(std::move(caller));
    v1::RecordMaintenanceRequest request;
    request.set_der_id("BAT_1");
    request.set_kind(v1::MAINTENANCE_KIND_INSPECTION);
    *request.mutable_starts_at() = wire::ToProto(kNow);
    *request.mutable_ends_at() = wire::ToProto(kNow + length);
    request.set_notes("looked at the fans");
    return handlers_.RecordMaintenance(call, request);
  }

  server::testing::TestFleet fleet_;
  server::testing::CountingIds ids_;
  ::testing::StrictMock<server::testing::MockQueries> queries_;
  MaintenanceHandlers handlers_{fleet_, queries_, ids_};
};

TEST_F(MaintenanceHandlersTest, IsRecordedWithItsEvent) {
  const auto plan = Record(Operator(), absl::Hours(2));
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->response.record().recorded_by(), "operator-1");
  ASSERT_THAT(plan->mutation.events, SizeIs(1));
  EXPECT_EQ(plan->mutation.events[0].type, domain::EventType::kMaintenanceRecorded);
  EXPECT_EQ(plan->mutation.events[0].resource_id, plan->response.record().record_id());
  EXPECT_EQ(plan->mutation.events[0].owner_id, "owner-1");
}

TEST_F(MaintenanceHandlersTest, EndsAfterItStartsAndIsTheOwnersMatter) {
  EXPECT_EQ(base::ReasonOf(Record(Operator(), absl::ZeroDuration()).status()), "INVALID_INTERVAL");
  EXPECT_EQ(base::ReasonOf(Record(Owner("owner-2"), absl::Hours(1)).status()), "UNAUTHORIZED");
}

TEST_F(MaintenanceHandlersTest, IsPagedByTimeAndId) {
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
  const auto first = handlers_.ListMaintenance(call, request);
  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_EQ(first->records_size(), 2);
  request.set_page_token(first->next_page_token());
  const auto second = handlers_.ListMaintenance(call, request);
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_EQ(second->records(0).record_id(), "r3");
  EXPECT_EQ(second->next_page_token(), "");
}

}  // namespace
}  // namespace derms::registry
