// What a solve falls back to after its process was lost: a feasible schedule in linear time, of any size.
#pragma once

#include "libs/dispatch/solver.h"

namespace derms::optimizer {

class QuickSolver final : public dispatch::Solver {
 public:
  std::string_view name() const override { return "quick"; }

  // Errors: INVALID_PROBLEM, INFEASIBLE, NO_SCHEDULE_FOUND as of GreedySolver.
  absl::StatusOr<dispatch::Solution> Solve(const dispatch::Problem& problem,
                                           const dispatch::SolveOptions& options) const override;
};

}  // namespace derms::optimizer
