// The solver that chooses: greedy always first, then exact LP (CLP) or MILP (CBC) as the problem needs.
#pragma once

#include <memory>

#include "libs/dispatch/solver.h"

namespace derms::dispatch {

// Never answers "no solution in time": a valid, feasible problem gets at least the greedy schedule. Every solution has
// passed Check (checker.h); bound_kind says whether the bound was recomputed there.
std::unique_ptr<Solver> MakePortfolio();

}  // namespace derms::dispatch
