#include "libs/server/restored.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "libs/server/testing/keeping_committer.h"
#include "libs/server/testing/mock_queries.h"
#include "libs/server/testing/test_calls.h"
#include "libs/server/testing/test_fleet.h"

namespace derms::server {
namespace {

using ::testing::_;
using testing::kNow;
using ::testing::Return;
using ::testing::SizeIs;

TEST(Restored, IsToldAsOfTheTimeAtWhichTheLastDerCameBack) {
  testing::TestFleet fleet;
  testing::CountingIds ids;
  ::testing::StrictMock<testing::MockQueries> queries;
  testing::KeepingCommitter committer;
  std::ostringstream log;
  observe::Logger logger{{.service = "test"}, log};

  domain::EmergencyOrder order;
  order.emergency_id = "order-1";
  order.region_id = "NORTH";
  order.kind = domain::EmergencyKind::kDisconnect;
  order.starts_at = kNow - absl::Hours(2);
  order.ends_at = kNow - absl::Hours(1);
  order.state = domain::EmergencyState::kExpired;
  order.restoration.emplace().terms.delay = absl::Seconds(100);
  EXPECT_CALL(queries, ListRestoredEmergencies(_, _)).WillOnce(Return(std::vector{order}));

  const auto told = TellRestored(fleet, queries, committer, ids, logger);
  ASSERT_TRUE(told.ok()) << told.status();
  EXPECT_EQ(*told, 1);
  ASSERT_THAT(committer.committed, SizeIs(1));
  EXPECT_EQ(std::get<store::EmergencyRestored>(committer.committed[0].writes.at(0)).emergency_id, "order-1");
  const domain::Event& event = committer.committed[0].events.at(0);
  EXPECT_EQ(event.type, domain::EventType::kEmergencyRestored);
  EXPECT_EQ(event.resource_id, "order-1");
  EXPECT_EQ(event.occurred_at, order.ends_at + absl::Seconds(100 + 330)) << "delay, ramp, and the latest step";
  EXPECT_EQ(event.summary, "All DERs of the emergency order for region NORTH are back.");
}

}  // namespace
}  // namespace derms::server
