#include "libs/domain/approval.h"

#include <gtest/gtest.h>

#include "libs/base/error.h"

namespace derms::domain {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'600'000'000);

EmergencyApproval Pending() {
  EmergencyApproval approval;
  approval.emergency_id = "id";
  approval.region_id = "NORTH";
  approval.requested_by = "operator-1";
  approval.requested_at = kNow;
  approval.expires_at = kNow + kApprovalTime;
  return approval;
}

std::string Reason(const EmergencyApproval& approval, ApprovalVerdict verdict, const char* subject,
                   absl::Time now = kNow) {
  return base::ReasonOf(CheckVerdict(approval, verdict, subject, now));
}

TEST(ApprovalTest, ASecondPersonApprovesOrDeclines) {
  EXPECT_TRUE(CheckVerdict(Pending(), ApprovalVerdict::kApprove, "operator-2", kNow).ok());
  EXPECT_TRUE(CheckVerdict(Pending(), ApprovalVerdict::kDecline, "operator-2", kNow).ok());
}

TEST(ApprovalTest, WhoAskedForItMayWithdrawButNotApprove) {
  EXPECT_EQ(Reason(Pending(), ApprovalVerdict::kApprove, "operator-1"), "SAME_PERSON");
  EXPECT_TRUE(CheckVerdict(Pending(), ApprovalVerdict::kDecline, "operator-1", kNow).ok());
}

TEST(ApprovalTest, ItIsDecidedOnce) {
  for (const ApprovalVerdict first : {ApprovalVerdict::kApprove, ApprovalVerdict::kDecline}) {
    const EmergencyApproval decided = Decided(Pending(), first, "operator-2", "seen", kNow);
    for (const ApprovalVerdict second : {ApprovalVerdict::kApprove, ApprovalVerdict::kDecline}) {
      EXPECT_EQ(Reason(decided, second, "operator-3"), "APPROVAL_CLOSED");
    }
  }
}

TEST(ApprovalTest, ItLapsesAtItsTimeWhetherOrNotThatIsWrittenDown) {
  const absl::Time end = kNow + kApprovalTime;
  EXPECT_EQ(Pending().StateAt(end - absl::Microseconds(1)), EmergencyState::kPendingApproval);
  EXPECT_EQ(Pending().StateAt(end), EmergencyState::kLapsed);
  EXPECT_EQ(Reason(Pending(), ApprovalVerdict::kApprove, "operator-2", end), "APPROVAL_CLOSED");
  const EmergencyApproval lapsed = Lapsed(Pending());
  EXPECT_EQ(lapsed.state, EmergencyState::kLapsed);
  EXPECT_EQ(lapsed.decided_at, end);
  EXPECT_EQ(lapsed.decided_by, "system");
  EXPECT_EQ(Pending().DecisionAt(end), lapsed.DecisionAt(end));
}

TEST(ApprovalTest, ADecisionSaysWhoWhenAndWhy) {
  EXPECT_EQ(Pending().DecisionAt(kNow), std::nullopt);
  for (const ApprovalVerdict verdict : {ApprovalVerdict::kApprove, ApprovalVerdict::kDecline}) {
    const EmergencyApproval decided = Decided(Pending(), verdict, "operator-2", "seen", kNow);
    EXPECT_EQ(decided.DecisionAt(kNow + kApprovalTime), (Decision{"operator-2", kNow, "seen"}));
  }
}

TEST(ApprovalTest, WhatWasDecidedStays) {
  const EmergencyApproval approved = Decided(Pending(), ApprovalVerdict::kApprove, "operator-2", "", kNow);
  EXPECT_EQ(approved.StateAt(kNow + absl::Hours(1)), EmergencyState::kActive);
  EXPECT_EQ(approved.decided_by, "operator-2");
}

}  // namespace
}  // namespace derms::domain
