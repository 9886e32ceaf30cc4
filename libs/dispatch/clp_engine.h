// CLP, the COIN-OR simplex solver, behind plain types. Integer marks are ignored. Silent; thread-safe.
#pragma once

#include "libs/dispatch/linear_program.h"

namespace derms::dispatch {

// INTERNAL when CLP gives up for numerical reasons.
absl::StatusOr<LpResult> SolveWithClp(const LinearProgram& program, const EngineLimits& limits);

}  // namespace derms::dispatch
