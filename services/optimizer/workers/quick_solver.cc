#include "services/optimizer/workers/quick_solver.h"

#include "libs/base/error.h"
#include "libs/dispatch/greedy.h"
#include "libs/dispatch/validate.h"

namespace derms::optimizer {

absl::StatusOr<dispatch::Solution> QuickSolver::Solve(const dispatch::Problem& problem,
                                                      const dispatch::SolveOptions& options) const {
  RETURN_IF_ERROR(dispatch::Validate(problem));
  RETURN_IF_ERROR(dispatch::CheckReachability(problem));
  return dispatch::GreedySolver().Solve(problem, options);
}

}  // namespace derms::optimizer
