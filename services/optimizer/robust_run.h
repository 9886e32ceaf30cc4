// The robust reserve of a run: asked for before it is solved, told of afterwards. Blocks (SQL, solving).
#pragma once

#include "absl/status/status.h"
#include "derms/v1/optimizer.pb.h"
#include "libs/dispatch/solver.h"
#include "libs/store/queries.h"
#include "services/optimizer/problem_builder.h"

namespace derms::optimizer {

// Sizes the area's reserve from the past of its series, and of the weather that availability was predicted from where
// it is known for long enough and predictions are not too many, and raises what `built` asks for. Errors as
// SizeRobustReserve; FAILED_PRECONDITION TOO_LARGE when the past is more than is read at once.
absl::Status AskForRobustReserve(const v1::RobustReserve& request, const ProblemInput& input, store::Queries& queries,
                                 absl::Time deadline, BuiltProblem& built);

// Options of the schedule's own solve: with a robust reserve a part of the time limit is left for a second one.
dispatch::SolveOptions WithoutRobustShare(const BuiltProblem& built, dispatch::SolveOptions options);

// Tells what built.robust came to; its cost from a second solve, without it: `options` has the time that is left.
void ReportRobust(const BuiltProblem& built, const dispatch::Solution& solution, const dispatch::Solver& solver,
                  const dispatch::SolveOptions& options, v1::RobustReport& report);

}  // namespace derms::optimizer
