// GetRun, ListRuns and ListSchedules: what was found, read back. They block: run them on the worker pool.
#pragma once

#include "absl/status/statusor.h"
#include "derms/v1/optimizer.pb.h"
#include "libs/server/call.h"
#include "libs/store/queries.h"
#include "libs/store/read_model.h"

namespace derms::optimizer {

// All references must outlive the handlers. Thread-safe.
class RunHandlers {
 public:
  RunHandlers(const store::ReadModel& fleet, store::Queries& queries) : fleet_(fleet), queries_(queries) {}

  absl::StatusOr<v1::GetRunResponse> GetRun(server::Call& call, const v1::GetRunRequest& request) const;
  absl::StatusOr<v1::ListRunsResponse> ListRuns(server::Call& call, const v1::ListRunsRequest& request) const;
  absl::StatusOr<v1::ListSchedulesResponse> ListSchedules(server::Call& call,
                                                          const v1::ListSchedulesRequest& request) const;

 private:
  const store::ReadModel& fleet_;
  store::Queries& queries_;
};

}  // namespace derms::optimizer
