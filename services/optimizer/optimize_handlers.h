// OptimizeResources: from a request to the plan of a run, and on to its answer. Knows neither transport nor SQL.
#pragma once

#include <functional>
#include <memory>

#include "absl/status/statusor.h"
#include "derms/v1/optimizer.pb.h"
#include "libs/base/ids.h"
#include "libs/gridcode/profile_shelf.h"
#include "libs/server/call.h"
#include "libs/server/plan.h"
#include "libs/store/queries.h"
#include "libs/store/read_model.h"
#include "services/optimizer/problem_builder.h"
#include "services/optimizer/run_executor.h"

namespace derms::optimizer {

// All references must outlive the handlers. Thread-safe.
class OptimizeHandlers {
 public:
  using Response = v1::OptimizeResourcesResponse;
  using Answer = std::function<void(absl::StatusOr<Response>)>;

  OptimizeHandlers(const store::ReadModel& fleet, store::Queries& queries, RunBoard& board, RunExecutor& executor,
                   base::IdSource& ids, const gridcode::ProfileShelf& profiles)
      : fleet_(fleet), queries_(queries), board_(board), executor_(executor), ids_(ids), profiles_(profiles) {}

  // Builds the problem and plans the row of a run that begins; `ticket` is what it then begins with. Blocks (SQL): runs
  // on the worker pool. With validate_only there is no ticket and nothing to commit.
  absl::StatusOr<server::Plan<Response>> PlanRun(server::Call& call, const v1::OptimizeResourcesRequest& request,
                                                 std::shared_ptr<RunTicket>& ticket,
                                                 const RunOrigin& origin = {}) const;
  // After the commit: begins the run; never waits.
  void Begin(const v1::OptimizeResourcesRequest& request, std::shared_ptr<const RunTicket> ticket, Response committed,
             const Answer& done) const;
  // After a repeated request: the run of the first, when it has ended. Blocks (SQL).
  void FindAgain(const server::Call& call, const v1::OptimizeResourcesRequest& request, const Response& first,
                 const Answer& done) const;

 private:
  absl::StatusOr<BuiltProblem> Build(const server::Call& call, const v1::OptimizeResourcesRequest& request,
                                     const domain::RegionTree& regions, std::string_view area_id,
                                     const Horizon& horizon) const;

  const store::ReadModel& fleet_;
  store::Queries& queries_;
  RunBoard& board_;
  RunExecutor& executor_;
  base::IdSource& ids_;
  const gridcode::ProfileShelf& profiles_;
};

}  // namespace derms::optimizer
