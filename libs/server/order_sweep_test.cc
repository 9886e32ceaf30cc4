#include "libs/server/order_sweep.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "absl/synchronization/notification.h"
#include "libs/base/error.h"
#include "libs/server/testing/keeping_committer.h"
#include "libs/server/testing/mock_approval_queries.h"
#include "libs/server/testing/mock_queries.h"
#include "libs/server/testing/test_calls.h"
#include "libs/server/testing/test_fleet.h"

namespace derms::server {
namespace {

using domain::EmergencyOrder;
using domain::EmergencyState;
using ::testing::_;
using testing::KeepingCommitter;
using testing::kNow;
using ::testing::Return;
using ::testing::SizeIs;

EmergencyOrder OrderEnding(std::string emergency_id, absl::Time ends_at) {
  EmergencyOrder order;
  order.emergency_id = std::move(emergency_id);
  order.der_id = std::string(base::kAllDers);
  order.starts_at = kNow - absl::Hours(1);
  order.ends_at = ends_at;
  order.revision = 1;
  return order;
}

class OrderSweepTest : public ::testing::Test {
 protected:
  testing::TestFleet fleet_;
  testing::CountingIds ids_;
  ::testing::StrictMock<testing::MockQueries> queries_;
  ::testing::NiceMock<testing::MockApprovalQueries> approvals_;
  KeepingCommitter committer_;
  std::ostringstream log_;
  observe::Logger logger_{{.service = "test"}, log_};
  OrderSweep sweep_{{fleet_, queries_, approvals_, committer_, ids_, logger_}};
};

TEST_F(OrderSweepTest, WritesDownTheEndOfWhatIsOver) {
  EXPECT_CALL(queries_, ListOverdueEmergencies(_, _)).WillOnce(Return(std::vector{OrderEnding("over", kNow)}));
  const auto ended = sweep_.EndOverdue();
  ASSERT_TRUE(ended.ok()) << ended.status();
  EXPECT_EQ(*ended, 1);
  ASSERT_THAT(committer_.committed, SizeIs(1));
  const EmergencyOrder& order = std::get<store::EmergencyEnd>(committer_.committed[0].writes.at(0)).order;
  EXPECT_EQ(order.emergency_id, "over");
  EXPECT_EQ(order.state, EmergencyState::kExpired);
  EXPECT_EQ(order.ended_at, kNow);
  EXPECT_EQ(order.revision, 2);
}

TEST_F(OrderSweepTest, TheEventTellsTheEndTimeWheneverItIsWrittenDown) {
  EXPECT_CALL(queries_, ListOverdueEmergencies(_, _))
      .WillOnce(Return(std::vector{OrderEnding("over", kNow - absl::Hours(3))}));  // no service ran meanwhile
  ASSERT_TRUE(sweep_.EndOverdue().ok());
  const domain::Event& event = committer_.committed.at(0).events.at(0);
  EXPECT_EQ(event.type, domain::EventType::kEmergencyEnded);
  EXPECT_EQ(event.occurred_at, kNow - absl::Hours(3));
  EXPECT_EQ(event.actor, "system");
  EXPECT_EQ(event.summary, "The emergency order for all DERs ended at its time.");
}

TEST_F(OrderSweepTest, AnotherProcessWasFasterIsNoError) {
  committer_.outcome = base::FailedPrecondition("EMERGENCY_ENDED", "ended");
  EXPECT_CALL(queries_, ListOverdueEmergencies(_, _)).WillOnce(Return(std::vector{OrderEnding("over", kNow)}));
  EXPECT_TRUE(sweep_.EndOverdue().ok());
}

TEST_F(OrderSweepTest, WhatNobodyApprovedInTimeLapses) {
  domain::EmergencyApproval waiting;
  waiting.emergency_id = "waiting";
  waiting.region_id = "NORTH";
  waiting.requested_by = "operator-1";
  waiting.expires_at = kNow;
  EXPECT_CALL(approvals_, ListOverdueApprovals(_, _)).WillOnce(Return(std::vector{waiting}));
  ASSERT_TRUE(sweep_.LapseOverdue().ok());
  ASSERT_THAT(committer_.committed, SizeIs(1));
  const store::Mutation& mutation = committer_.committed[0];
  const domain::EmergencyApproval& lapsed = std::get<store::ApprovalDecision>(mutation.writes.at(0)).approval;
  EXPECT_EQ(lapsed.state, EmergencyState::kLapsed);
  EXPECT_EQ(lapsed.decided_at, kNow);
  const domain::Event& event = mutation.events.at(0);
  EXPECT_EQ(event.type, domain::EventType::kEmergencyDeclined);
  EXPECT_EQ(event.actor, "system");
  EXPECT_EQ(event.summary,
            "The emergency order that operator-1 asked for, for region NORTH, lapsed: nobody approved it in time.");
}

TEST_F(OrderSweepTest, LooksAtOnceAndGoesOnWhenTheDatabaseComesBack) {
  absl::Notification ended;
  EXPECT_CALL(queries_, ListOverdueEmergencies(_, _))
      .WillOnce(Return(base::Unavailable("DATABASE_UNAVAILABLE", "away")))
      .WillOnce([&](auto...) {
        ended.Notify();
        return std::vector{OrderEnding("over", kNow)};
      })
      .WillRepeatedly(Return(std::vector<EmergencyOrder>()));
  EXPECT_CALL(queries_, ListRestoredEmergencies(_, _)).WillRepeatedly(Return(std::vector<EmergencyOrder>()));
  sweep_.Start(absl::Milliseconds(1));
  ended.WaitForNotification();
  sweep_.Stop();
  EXPECT_THAT(committer_.committed, SizeIs(1));
}

}  // namespace
}  // namespace derms::server
