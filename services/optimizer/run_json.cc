#include "services/optimizer/run_json.h"

#include "libs/base/error.h"
#include "libs/wire/convert_time.h"
#include "libs/wire/stored_json.h"

namespace derms::optimizer {
std::string RunToJson(const v1::OptimizationRun& run) {
  return wire::ToStoredJson(run);
}

std::string ProgressToJson(const v1::RunProgress& progress) {
  return wire::ToStoredJson(progress);
}

absl::StatusOr<v1::OptimizationRun> RunFromStored(const domain::Run& stored) {
  v1::OptimizationRun run;
  const bool read =
      wire::FromStoredJson(stored.detail_json, run) &&
      (stored.progress_json.empty() || wire::FromStoredJson(stored.progress_json, *run.mutable_progress()));
  if (!read) {
    return base::Internal("RUN_UNREADABLE", "the stored run cannot be read; look into the log of the service");
  }
  run.set_applied(stored.applied);
  run.set_state(static_cast<v1::RunState>(stored.state));
  run.set_cancelled_by(stored.cancelled_by);
  if (stored.ended_at) *run.mutable_ended_at() = wire::ToProto(*stored.ended_at);
  return run;
}

}  // namespace derms::optimizer
