// Orders that wait for a second person's word, on a real PostgreSQL: of those who decide, one wins.
#include <gmock/gmock.h>

#include <array>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "libs/base/error.h"
#include "libs/store/pg_approvals.h"
#include "libs/store/testing/postgres_fixture.h"
#include "libs/store/testing/process.h"
#include "libs/store/testing/samples.h"

namespace derms::store {
namespace {

using domain::ApprovalVerdict;
using domain::EmergencyApproval;
using domain::EmergencyState;
using testing::CommitAndWait;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Key;
using testing::Soon;
using testing::StoreProcess;

EmergencyApproval Waiting(const std::string& id, absl::Duration left = absl::Minutes(15)) {
  const absl::Time now = absl::FromUnixMicros(absl::ToUnixMicros(absl::Now()));
  EmergencyApproval approval;
  approval.emergency_id = id;
  approval.region_id = "NORTH";
  approval.kind = domain::EmergencyKind::kDisconnect;
  approval.request_json = R"({"reason": "line 7"})";
  approval.der_count = 3;
  approval.unbound_count = 1;
  approval.requested_by = "operator-1";
  approval.requested_at = now;
  approval.expires_at = now + left;
  return approval;
}

class ApprovalsTest : public ::testing::Test {
 protected:
  std::string Store(RowWrite write) {
    Mutation mutation;
    mutation.writes.push_back(std::move(write));
    return base::ReasonOf(CommitAndWait(process_.committer(), std::move(mutation)).status());
  }
  std::string Ask(const EmergencyApproval& approval) {
    return Store(ApprovalRequest(testing::FleetAccess(), approval));
  }
  static ApprovalDecision Decision(const EmergencyApproval& approval, ApprovalVerdict verdict) {
    return {testing::FleetAccess(), domain::Decided(approval, verdict, "operator-2", "seen", absl::Now())};
  }
  static Mutation Approving(const EmergencyApproval& approval) {
    Mutation mutation;
    auto order = testing::SampleOrder(approval.emergency_id, absl::Now(), absl::Hours(1));
    mutation.writes.emplace_back(EmergencyInsert(testing::FleetAccess(), order));
    mutation.writes.emplace_back(Decision(approval, ApprovalVerdict::kApprove));
    return mutation;
  }
  std::string StateOf(const std::string& id) {
    return database_.Query(absl::StrCat("SELECT state FROM emergency_approval WHERE emergency_id = '", id, "'"));
  }
  std::string Orders() { return database_.Query("SELECT count(*) FROM emergency_order"); }

  testing::TestDatabase database_;
  StoreProcess process_{database_.url(), false};
  PgApprovalQueries queries_{process_.pool()};
};

TEST_F(ApprovalsTest, WhatWaitsIsReadAsItWasAskedFor) {
  const EmergencyApproval asked = Waiting("a");
  ASSERT_EQ(Ask(asked), "");
  const auto read = queries_.GetApproval("a", Soon());
  ASSERT_TRUE(read.ok() && *read) << read.status();
  EXPECT_EQ((*read)->region_id, "NORTH");
  EXPECT_EQ((*read)->kind, domain::EmergencyKind::kDisconnect);
  EXPECT_EQ((*read)->request_json, asked.request_json);
  EXPECT_EQ((*read)->der_count, 3);
  EXPECT_EQ((*read)->unbound_count, 1);
  EXPECT_EQ((*read)->requested_by, "operator-1");
  EXPECT_EQ((*read)->requested_at, asked.requested_at);
  EXPECT_EQ((*read)->expires_at, asked.expires_at);
  EXPECT_EQ((*read)->state, EmergencyState::kPendingApproval);
  EXPECT_FALSE((*read)->decided_at);
  EXPECT_FALSE(*queries_.GetApproval("none", Soon()));
}

TEST_F(ApprovalsTest, AnApprovedOneIsAnOrderAndNoLongerListed) {
  const EmergencyApproval asked = Waiting("a");
  ASSERT_EQ(Ask(asked), "");
  ASSERT_TRUE(CommitAndWait(process_.committer(), Approving(asked)).ok());
  EXPECT_EQ(Orders(), "1");
  EXPECT_THAT(*queries_.ListApprovals(false, std::nullopt, 10, Soon()), IsEmpty());
  const auto decisions = queries_.ApprovalsOf({"a", "b"}, Soon());
  ASSERT_TRUE(decisions.ok()) << decisions.status();
  ASSERT_THAT(*decisions, ElementsAre(Key("a")));
  const domain::Decision& decision = decisions->at("a");
  EXPECT_EQ(decision.by, "operator-2");
  EXPECT_EQ(decision.reason, "seen");
  EXPECT_GE(decision.at, asked.requested_at);
}

TEST_F(ApprovalsTest, ADecisionStandsAndADeclinedOneLeavesNoOrder) {
  const EmergencyApproval asked = Waiting("a");
  ASSERT_EQ(Ask(asked), "");
  EXPECT_EQ(Store(Decision(asked, ApprovalVerdict::kDecline)), "");
  EXPECT_EQ(base::ReasonOf(CommitAndWait(process_.committer(), Approving(asked)).status()), "APPROVAL_CLOSED");
  EXPECT_EQ(Store(Decision(asked, ApprovalVerdict::kDecline)), "APPROVAL_CLOSED");
  EXPECT_EQ(Store(Decision(Waiting("unknown"), ApprovalVerdict::kDecline)), "EMERGENCY_NOT_FOUND");
  EXPECT_EQ(Orders(), "0") << "the order of a refused approval is not stored either";
  EXPECT_EQ(StateOf("a"), "5");
}

TEST_F(ApprovalsTest, AnOrderThatMustBePlannedAgainLeavesTheRequestWaiting) {
  const EmergencyApproval asked = Waiting("a");
  ASSERT_EQ(Ask(asked), "");
  ASSERT_EQ(Store(EmergencyInsert(testing::FleetAccess(), testing::SampleOrder("other", absl::Now(), absl::Hours(1)))),
            "");
  Mutation blind;
  blind.writes.emplace_back(EmergencyInsert(
      testing::FleetAccess(), testing::SampleOrder("a", absl::Now(), absl::Hours(1)), "planner", OrdersSeen{}));
  blind.writes.emplace_back(Decision(asked, ApprovalVerdict::kApprove));
  EXPECT_EQ(base::ReasonOf(CommitAndWait(process_.committer(), std::move(blind)).status()), "ORDERS_CHANGED");
  EXPECT_EQ(StateOf("a"), "4") << "the decision is taken back with the order";
  EXPECT_TRUE(CommitAndWait(process_.committer(), Approving(asked)).ok());
  EXPECT_EQ(StateOf("a"), "1");
}

TEST_F(ApprovalsTest, OnlyTheDatabasesClockSaysWhatIsOver) {
  const EmergencyApproval over = Waiting("over", absl::Milliseconds(-1)), live = Waiting("live");
  ASSERT_EQ(Ask(over), "");
  ASSERT_EQ(Ask(live), "");
  EXPECT_EQ(base::ReasonOf(CommitAndWait(process_.committer(), Approving(over)).status()), "APPROVAL_CLOSED");
  const auto lapse = [](const EmergencyApproval& approval) {
    return ApprovalDecision(domain::RoleAccess::System(), domain::Lapsed(approval));
  };
  EXPECT_EQ(Store(lapse(live)), "APPROVAL_CLOSED");
  const auto overdue = queries_.ListOverdueApprovals(10, Soon());
  ASSERT_EQ(overdue->size(), 1u);
  EXPECT_EQ(overdue->front().emergency_id, "over");
  EXPECT_EQ(Store(lapse(over)), "");
  EXPECT_EQ(StateOf("over"), "6");
  EXPECT_THAT(*queries_.ListOverdueApprovals(10, Soon()), IsEmpty());
  EXPECT_EQ(queries_.ListApprovals(true, std::nullopt, 10, Soon())->size(), 1u) << "pending ones alone";
}

TEST_F(ApprovalsTest, OfManyWhoDecideAtOnceInTwoProcessesOneWins) {
  StoreProcess other(database_.url(), false);
  int approved = 0;
  for (int round = 0; round < 30; ++round) {
    const EmergencyApproval asked = Waiting(absl::StrCat("r", round));
    ASSERT_EQ(Ask(asked), "");
    std::array<std::string, 4> reasons;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&, i] {
        Mutation mutation;
        if (i % 2 == 0) {
          mutation = Approving(asked);
        } else {
          mutation.writes.emplace_back(Decision(asked, ApprovalVerdict::kDecline));
        }
        Committer& committer = i < 2 ? process_.committer() : other.committer();
        reasons[i] = base::ReasonOf(CommitAndWait(committer, std::move(mutation)).status());
      });
    }
    for (std::thread& thread : threads) thread.join();
    int won = 0;
    for (const std::string& reason : reasons) {
      won += reason.empty() ? 1 : 0;
      EXPECT_TRUE(reason.empty() || reason == "APPROVAL_CLOSED") << reason;
    }
    EXPECT_EQ(won, 1);
    const bool in_force = StateOf(asked.emergency_id) == "1";
    approved += in_force ? 1 : 0;
    EXPECT_EQ(in_force, reasons[0].empty() || reasons[2].empty());
    EXPECT_EQ(Orders(), absl::StrCat(approved)) << "an order for each approval, and for nothing else";
  }
}

TEST_F(ApprovalsTest, SoManyMayWaitAndNoMore) {
  for (int i = 0; i < domain::kMaxPendingApprovals; ++i) ASSERT_EQ(Ask(Waiting(absl::StrCat("w", i))), "");
  EXPECT_EQ(Ask(Waiting("one more")), "TOO_MANY_PENDING");
  EXPECT_EQ(Store(Decision(Waiting("w0"), ApprovalVerdict::kDecline)), "");
  EXPECT_EQ(Ask(Waiting("one more")), "");
}

TEST_F(ApprovalsTest, ListsAreNewestFirstAndGoOnAfterAKey) {
  for (int i = 0; i < 3; ++i) {
    EmergencyApproval asked = Waiting(absl::StrCat("p", i));
    asked.requested_at += absl::Seconds(i);
    ASSERT_EQ(Ask(asked), "");
  }
  const auto first = queries_.ListApprovals(true, std::nullopt, 2, Soon());
  ASSERT_EQ(first->size(), 2u);
  EXPECT_EQ(first->at(0).emergency_id, "p2");
  const EmergencyApproval& last = first->at(1);
  const auto rest = queries_.ListApprovals(true, std::pair(last.requested_at, last.emergency_id), 2, Soon());
  ASSERT_EQ(rest->size(), 1u);
  EXPECT_EQ(rest->at(0).emergency_id, "p0");
}

}  // namespace
}  // namespace derms::store
