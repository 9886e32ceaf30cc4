// When a standing policy is due and what becomes of it: each function takes a policy and gives it as it shall be. Pure.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "libs/domain/records.h"

namespace derms::optimizer {

// The first multiple of `every` since 1970-01-01 UTC that is not before `time`.
absl::Time NextDue(absl::Duration every, absl::Time time);

// From a failed due time to the next: `every` after the first failure, twice as long with each further one, but no
// longer than a quarter of an hour or, when that is longer, `every`.
absl::Duration PauseAfterFailures(absl::Duration every, int consecutive_failures);

// A run of it begins. Due times that went by unused are not made up for. The outcome of the run before must be noted.
domain::OptimizationPolicy AfterStart(domain::OptimizationPolicy policy, const std::string& run_id, absl::Time now);
// It was due and no run was made, through no fault of its own.
domain::OptimizationPolicy AfterSkip(domain::OptimizationPolicy policy, const std::string& reason,
                                     const std::string& detail, absl::Time now);
// It was due and no run could be made.
domain::OptimizationPolicy AfterFailure(domain::OptimizationPolicy policy, const absl::Status& why, absl::Time now);
// Its last run has ended: with a schedule (OK), cancelled by somebody (which says nothing about the next), or not.
domain::OptimizationPolicy AfterEnd(domain::OptimizationPolicy policy, const absl::Status& outcome, absl::Time now);

}  // namespace derms::optimizer
