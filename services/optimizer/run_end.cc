#include "services/optimizer/run_end.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "libs/base/error.h"
#include "libs/wire/convert_time.h"
#include "services/optimizer/run_json.h"

namespace derms::optimizer {

absl::Status RunCancelled(const std::string& run_id, const std::string& cancelled_by) {
  return base::Aborted("RUN_CANCELLED", absl::StrCat("run ", run_id, " was cancelled by ", cancelled_by,
                                                     "; ask again with a new request_id if it is still wanted"));
}

absl::Status RunInterrupted(const std::string& run_id) {
  return base::Aborted("RUN_INTERRUPTED", absl::StrCat("the process that solved run ", run_id,
                                                       " stopped; ask again with a new request_id"));
}

void ReportFailure(const absl::Status& status, v1::OptimizationRun& run) {
  run.set_state(base::ReasonOf(status) == "RUN_CANCELLED" ? v1::RUN_STATE_CANCELLED : v1::RUN_STATE_FAILED);
  run.set_applied(false);
  auto& failure = *run.mutable_failure();
  failure.set_code(static_cast<int>(status.code()));
  failure.set_reason(base::ReasonOf(status));
  failure.set_detail(std::string(status.message()));
}

absl::Status FailureOf(const v1::OptimizationRun& run) {
  if (run.state() != v1::RUN_STATE_CANCELLED && run.state() != v1::RUN_STATE_FAILED) return absl::OkStatus();
  const v1::RunFailure& failure = run.failure();
  return base::ErrorBuilder(static_cast<absl::StatusCode>(failure.code()), failure.reason(), failure.detail());
}

domain::Run StoredRun(const v1::OptimizationRun& run, const Horizon& horizon, std::string runner) {
  domain::Run stored{.run_id = run.run_id(),
                     .region_id = run.region_id(),
                     .starts_at = horizon.starts_at,
                     .interval = horizon.interval,
                     .interval_count = horizon.interval_count,
                     .applied = run.applied(),
                     .requested_by = run.requested_by(),
                     .created_at = wire::FromProto(run.created_at()),
                     .detail_json = RunToJson(run),
                     .state = static_cast<domain::RunState>(run.state()),
                     .runner = std::move(runner)};
  if (run.has_ended_at()) stored.ended_at = wire::FromProto(run.ended_at());
  return stored;
}

domain::Event RunEvent(const v1::OptimizationRun& run, const std::string& request_id, absl::Time now,
                       base::IdSource& ids) {
  domain::Event event;
  event.event_id = ids.NewId();
  event.occurred_at = now;
  event.actor = run.requested_by();
  event.request_id = request_id;
  event.region_id = run.region_id();
  event.resource_id = run.run_id();
  if (!run.has_failure()) {
    event.type = domain::EventType::kResourcesOptimized;
    event.summary = absl::StrFormat("%s for %d DERs of %s: %.2f USD over %d intervals",
                                    run.applied() ? "schedule applied" : "study", run.der_count(), run.region_id(),
                                    run.objective_usd(), run.interval_count());
    return event;
  }
  event.type = domain::EventType::kOptimizationEnded;
  if (run.state() == v1::RUN_STATE_CANCELLED) event.actor = run.cancelled_by();
  event.summary = absl::StrCat("run for ", run.region_id(), " ended without a schedule, ", run.failure().reason(), ": ",
                               run.failure().detail());
  return event;
}

}  // namespace derms::optimizer
