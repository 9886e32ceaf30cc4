// CBC, the COIN-OR branch-and-cut solver, behind plain types. Silent; thread-safe; one thread (with more, its result
// depends on timing).
#pragma once

#include "libs/dispatch/linear_program.h"

namespace derms::dispatch {

struct MipOptions {
  EngineLimits limits;
  double relative_gap = 1e-6;  // of the objective with its constant, and of 1 at least
  int seed = 1;
  double cutoff = 0.0;  // only better solutions are of interest; the objective of the best known one, or +infinity
  bool quick = false;   // presolve, few heuristics, no bound: for a small part of a problem
};

absl::StatusOr<MipResult> SolveWithCbc(const LinearProgram& program, const MipOptions& options);

}  // namespace derms::dispatch
