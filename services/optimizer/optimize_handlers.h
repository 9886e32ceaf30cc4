// OptimizeResources: from a request to a checked schedule and the plan to store it. Knows neither transport nor SQL.
#pragma once

#include "absl/status/statusor.h"
#include "derms/v1/optimizer.pb.h"
#include "libs/base/ids.h"
#include "libs/dispatch/solver.h"
#include "libs/server/call.h"
#include "libs/server/plan.h"
#include "libs/store/queries.h"
#include "libs/store/read_model.h"
#include "services/optimizer/problem_builder.h"

namespace derms::optimizer {

// All references must outlive the handlers. Blocks (SQL, solving): runs on the worker pool. Thread-safe.
class OptimizeHandlers {
 public:
  OptimizeHandlers(const store::ReadModel& fleet, store::Queries& queries, const dispatch::Solver& solver,
                   base::IdSource& ids)
      : fleet_(fleet), queries_(queries), solver_(solver), ids_(ids) {}

  absl::StatusOr<server::Plan<v1::OptimizeResourcesResponse>> OptimizeResources(
      server::Call& call, const v1::OptimizeResourcesRequest& request) const;

 private:
  absl::StatusOr<BuiltProblem> Build(const server::Call& call, const v1::OptimizeResourcesRequest& request,
                                     const domain::RegionTree& regions, std::string_view area_id,
                                     const Horizon& horizon) const;

  const store::ReadModel& fleet_;
  store::Queries& queries_;
  const dispatch::Solver& solver_;
  base::IdSource& ids_;
};

}  // namespace derms::optimizer
