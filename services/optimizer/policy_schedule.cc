#include "services/optimizer/policy_schedule.h"

#include <algorithm>

#include "libs/base/error.h"

namespace derms::optimizer {
namespace {

constexpr absl::Duration kLongestPause = absl::Minutes(15);
constexpr int kMostDoublings = 10;  // far above what the longest pause lets come

// The clock of this process may stand a little before the one by which the policy was found to be due.
absl::Time DueAfter(const domain::OptimizationPolicy& policy, absl::Time now) {
  return NextDue(policy.every, std::max(now, policy.next_due_at) + absl::Microseconds(1));
}

void Tell(domain::OptimizationPolicy& policy, const absl::Status& status) {
  policy.last_error_reason = base::ReasonOf(status);
  policy.last_error_detail = std::string(status.message());
}

void Fail(domain::OptimizationPolicy& policy, const absl::Status& why, absl::Time at) {
  Tell(policy, why);
  ++policy.consecutive_failures;
  const absl::Duration pause = PauseAfterFailures(policy.every, policy.consecutive_failures);
  const absl::Time not_before = at + pause - policy.every + absl::Microseconds(1);
  policy.next_due_at = std::max(policy.next_due_at, NextDue(policy.every, not_before));
}

}  // namespace

absl::Time NextDue(absl::Duration every, absl::Time time) {
  return absl::UnixEpoch() + absl::Ceil(time - absl::UnixEpoch(), every);
}

absl::Duration PauseAfterFailures(absl::Duration every, int consecutive_failures) {
  const int doublings = std::clamp(consecutive_failures - 1, 0, kMostDoublings);
  return std::min(every * (1 << doublings), std::max(every, kLongestPause));
}

domain::OptimizationPolicy AfterStart(domain::OptimizationPolicy policy, const std::string& run_id, absl::Time now) {
  policy.next_due_at = DueAfter(policy, now);
  policy.last_run_id = run_id;
  policy.last_run_noted = false;
  return policy;
}

domain::OptimizationPolicy AfterSkip(domain::OptimizationPolicy policy, const std::string& reason,
                                     const std::string& detail, absl::Time now) {
  policy.next_due_at = DueAfter(policy, now);
  policy.last_error_reason = reason;
  policy.last_error_detail = detail;
  return policy;
}

domain::OptimizationPolicy AfterFailure(domain::OptimizationPolicy policy, const absl::Status& why, absl::Time now) {
  Fail(policy, why, std::max(now, policy.next_due_at));
  return policy;
}

domain::OptimizationPolicy AfterEnd(domain::OptimizationPolicy policy, const absl::Status& outcome, absl::Time now) {
  policy.last_run_noted = true;
  if (outcome.ok()) {
    policy.consecutive_failures = 0;
    policy.last_error_reason.clear();
    policy.last_error_detail.clear();
  } else if (base::ReasonOf(outcome) == "RUN_CANCELLED") {
    Tell(policy, outcome);
  } else {
    Fail(policy, outcome, now);
  }
  return policy;
}

}  // namespace derms::optimizer
