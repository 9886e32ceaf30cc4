// The fleet engine behind the interface of all solvers: Problem in, Solution out.
#pragma once

#include "libs/dispatch/solver.h"

namespace derms::dispatch::fleet {

// For problems of many devices; small ones are the exact solver's (heterogeneity averages out only in numbers). The
// solution carries multipliers for every row, so that the checker (checker.h) recomputes its bound.
class SapcSolver final : public Solver {
 public:
  std::string_view name() const override { return "sapc"; }

  // Besides the errors of Solver: UNSUPPORTED_FEATURE as Compile (compile.h), NO_SCHEDULE_FOUND as SolveFleet (sapc.h).
  absl::StatusOr<Solution> Solve(const Problem& problem, const SolveOptions& options) const override;
};

}  // namespace derms::dispatch::fleet
