// Specification of when a policy is due.
#include "services/optimizer/policy_schedule.h"

#include <gtest/gtest.h>

#include "libs/base/error.h"
#include "services/optimizer/run_end.h"

namespace derms::optimizer {
namespace {

using domain::OptimizationPolicy;

const absl::Time kNoon = absl::FromUnixSeconds(1'600'000'000 / 86400 * 86400 + 43200);

absl::Time At(double minutes) {
  return kNoon + absl::Minutes(minutes);
}

// Every quarter of an hour, due at noon.
OptimizationPolicy Quarterly() {
  OptimizationPolicy policy;
  policy.policy_id = "quarterly";
  policy.every = absl::Minutes(15);
  policy.next_due_at = kNoon;
  return policy;
}

TEST(NextDue, IsTheNextMultipleSince1970AndAMultipleIsItsOwn) {
  EXPECT_EQ(NextDue(absl::Minutes(15), kNoon), kNoon);
  EXPECT_EQ(NextDue(absl::Minutes(15), kNoon + absl::Microseconds(1)), At(15));
  EXPECT_EQ(NextDue(absl::Minutes(15), At(14)), At(15));
  EXPECT_EQ(NextDue(absl::Hours(24), kNoon), kNoon + absl::Hours(12));
  EXPECT_EQ(NextDue(absl::Minutes(7), absl::UnixEpoch() + absl::Minutes(8)), absl::UnixEpoch() + absl::Minutes(14));
}

TEST(PolicySchedule, ARunTakesItsDueTimeAndTheNextIsOnTheGrid) {
  const OptimizationPolicy started = AfterStart(Quarterly(), "run-1", kNoon + absl::Milliseconds(40));
  EXPECT_EQ(started.next_due_at, At(15));
  EXPECT_EQ(started.last_run_id, "run-1");
  EXPECT_FALSE(started.last_run_noted);
  for (const absl::Time now : {kNoon, kNoon - absl::Milliseconds(3)}) {  // a clock that is behind
    EXPECT_EQ(AfterStart(Quarterly(), "run-1", now).next_due_at, At(15)) << "not the one that was taken";
    EXPECT_EQ(AfterSkip(Quarterly(), "RUN_ACTIVE", "", now).next_due_at, At(15));
    EXPECT_EQ(AfterFailure(Quarterly(), absl::OkStatus(), now).next_due_at, At(15));
  }
}

TEST(PolicySchedule, WhatWasMissedIsNotMadeUpFor) {
  EXPECT_EQ(AfterStart(Quarterly(), "run-1", At(601)).next_due_at, At(615));
  EXPECT_EQ(AfterSkip(Quarterly(), "RUN_ACTIVE", "", At(44)).next_due_at, At(45));
}

TEST(PolicySchedule, ASkippedTimeIsToldAndIsNoFailure) {
  const OptimizationPolicy skipped = AfterSkip(Quarterly(), "RUN_ACTIVE", "run run-1 still goes on", At(0.1));
  EXPECT_EQ(skipped.last_error_reason, "RUN_ACTIVE");
  EXPECT_EQ(skipped.last_error_detail, "run run-1 still goes on");
  EXPECT_EQ(skipped.consecutive_failures, 0);
  EXPECT_EQ(skipped.next_due_at, At(15));
}

TEST(PolicySchedule, FailuresAreCountedAndToldUntilARunSucceeds) {
  const absl::Status why = base::FailedPrecondition("INFEASIBLE", "no schedule keeps the export limit");
  OptimizationPolicy policy = AfterEnd(AfterStart(Quarterly(), "run-1", kNoon), why, At(0.5));
  EXPECT_TRUE(policy.last_run_noted);
  EXPECT_EQ(policy.last_error_reason, "INFEASIBLE");
  EXPECT_EQ(policy.last_error_detail, "no schedule keeps the export limit");
  EXPECT_EQ(policy.consecutive_failures, 1);
  policy = AfterStart(policy, "run-2", At(15));
  EXPECT_EQ(policy.last_error_reason, "INFEASIBLE") << "until it is known better";
  policy = AfterEnd(policy, absl::OkStatus(), At(16));
  EXPECT_EQ(policy.last_error_reason, "");
  EXPECT_EQ(policy.consecutive_failures, 0);
  EXPECT_EQ(policy.next_due_at, At(30));
}

TEST(PolicySchedule, ACancelledRunIsToldAndIsNoFailure) {
  const absl::Status why = RunCancelled("run-1", "admin-1");
  const OptimizationPolicy policy = AfterEnd(AfterStart(Quarterly(), "run-1", kNoon), why, At(1));
  EXPECT_EQ(policy.last_error_reason, "RUN_CANCELLED");
  EXPECT_EQ(policy.consecutive_failures, 0);
  EXPECT_EQ(policy.next_due_at, At(15));
}

TEST(PolicySchedule, PausesGrowWithFailuresUpToALimit) {
  const auto minutes = [](int every, int failures) {
    return PauseAfterFailures(absl::Minutes(every), failures) / absl::Minutes(1);
  };
  EXPECT_EQ(minutes(1, 1), 1);
  EXPECT_EQ(minutes(1, 2), 2);
  EXPECT_EQ(minutes(1, 4), 8);
  EXPECT_EQ(minutes(1, 5), 15);
  EXPECT_EQ(minutes(1, 1'000'000), 15);
  EXPECT_EQ(minutes(60, 1), 60);
  EXPECT_EQ(minutes(60, 9), 60);
}

TEST(PolicySchedule, AFailingPolicyStaysOnItsGrid) {
  OptimizationPolicy policy = Quarterly();
  policy.every = absl::Minutes(1);
  const absl::Status why = base::FailedPrecondition("NO_ELIGIBLE_DERS", "none is ONLINE");
  std::vector<absl::Time> due;
  for (int i = 0; i < 6; ++i) {
    policy = AfterFailure(policy, why, policy.next_due_at + absl::Milliseconds(300));
    due.push_back(policy.next_due_at);
  }
  EXPECT_EQ(due, (std::vector<absl::Time>{At(1), At(3), At(7), At(15), At(30), At(45)}));
}

}  // namespace
}  // namespace derms::optimizer
