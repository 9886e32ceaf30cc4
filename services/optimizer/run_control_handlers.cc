#include "services/optimizer/run_control_handlers.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "services/optimizer/run_json.h"
#include "services/optimizer/run_summary.h"

namespace derms::optimizer {

absl::StatusOr<std::unique_ptr<RunControlHandlers::Source>> RunControlHandlers::WatchRun(
    server::Call& call, const v1::WatchRunRequest& request, std::function<void()> wake) const {
  call.MarkFiltered();  // the region is known once the row is read: RunWatch proves access then
  return std::make_unique<RunWatch>(request.run_id(), call.caller(), parts_, std::move(wake));
}

absl::StatusOr<server::Plan<v1::CancelRunResponse>> RunControlHandlers::CancelRun(
    server::Call& call, const v1::CancelRunRequest& request) const {
  ASSIGN_OR_RETURN(const auto stored, parts_.queries.GetRun(request.run_id(), call.deadline()));
  if (!stored) {
    call.MarkFiltered();
    return RunNotFound(request.run_id());
  }
  ASSIGN_OR_RETURN(const domain::RegionAccess access, call.RequireRegion(stored->region_id, *parts_.fleet.Regions()));
  ASSIGN_OR_RETURN(v1::OptimizationRun run, RunFromStored(*stored));
  if (run.state() != v1::RUN_STATE_RUNNING) {
    return base::FailedPrecondition("RUN_ENDED", absl::StrCat("run ", request.run_id(), " has ended already"));
  }
  server::Plan<v1::CancelRunResponse> plan;
  if (run.cancelled_by().empty()) run.set_cancelled_by(call.caller().subject);
  *plan.response.mutable_run() = SummaryOf(std::move(run));
  plan.mutation.writes.push_back(store::RunCancel(access, request.run_id(), call.caller().subject));
  return plan;
}

void RunControlHandlers::Cancelled(const v1::OptimizationRun& run) const {
  if (const auto live = parts_.board.Find(run.run_id())) live->Cancel(run.cancelled_by());
  parts_.board.Wake(run.run_id());
}

}  // namespace derms::optimizer
