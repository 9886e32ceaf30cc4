// How a run's end is told: as the stored run, as an event, and as the status that its caller gets.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "derms/v1/optimizer.pb.h"
#include "libs/base/ids.h"
#include "libs/domain/records.h"
#include "services/optimizer/horizon.h"

namespace derms::optimizer {

// ABORTED RUN_CANCELLED naming who did it, RUN_INTERRUPTED: the process that solved it is gone or stops. Not CANCELLED
// and UNAVAILABLE, which clients repeat with the same request_id: the run stays ended.
absl::Status RunCancelled(const std::string& run_id, const std::string& cancelled_by);
absl::Status RunInterrupted(const std::string& run_id);

// Puts a state without a schedule and its reason into the run.
void ReportFailure(const absl::Status& status, v1::OptimizationRun& run);
// The other way: what a caller is told of a run that ended without a schedule; OK for the others.
absl::Status FailureOf(const v1::OptimizationRun& run);

// The row of a run. Detail, state and times are those of `run`.
domain::Run StoredRun(const v1::OptimizationRun& run, const Horizon& horizon, std::string runner);

// RESOURCES_OPTIMIZED, or OPTIMIZATION_ENDED for one without a schedule. `request_id` as of the call that began it.
domain::Event RunEvent(const v1::OptimizationRun& run, const std::string& request_id, absl::Time now,
                       base::IdSource& ids);

}  // namespace derms::optimizer
