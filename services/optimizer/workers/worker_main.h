// The life of a solver process: limits first, then one job after the other until the service goes away.
#pragma once

#include "libs/dispatch/solver.h"

namespace derms::optimizer {

// Whether main was started as a solver process (worker_process.h); asked before anything else is done.
bool IsSolverWorker(int argc, const char* const* argv);

// Solves `best` or `quick` as each job asks. Never starts gRPC. Returns the exit code when the arguments are wrong;
// otherwise the process ends by itself when the socket closes, or is killed.
int RunSolverWorker(int argc, const char* const* argv, const dispatch::Solver& best, const dispatch::Solver& quick);

}  // namespace derms::optimizer
