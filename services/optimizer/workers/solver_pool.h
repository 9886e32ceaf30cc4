// The solver of the service: solves in processes of its own, so that one that crashes, loops or eats memory takes down
// neither the service nor another solve.
#pragma once

#include <memory>
#include <string_view>

#include "libs/dispatch/solver.h"
#include "libs/observe/log.h"
#include "services/optimizer/workers/messages.h"
#include "services/optimizer/workers/process_pool.h"

namespace derms::optimizer {

struct SolverPoolOptions {
  ProcessPoolOptions processes;
  absl::Duration grace = absl::Seconds(5);  // after time limit or cancellation, until the process is killed
};

// Answers as the solver in the process does, to the bit. The time limit counts from the call, waiting included.
// Besides its errors and those of ProcessPool::Take:
//   CANCELLED                              also when the process had to be killed for it
//   DEADLINE_EXCEEDED SOLVER_OVERRAN       no answer within the grace after the time limit
//   ABORTED SOLVER_CRASHED                 the process ended, with its signal or exit code
//   RESOURCE_EXHAUSTED SOLVER_OUT_OF_MEMORY
// The last two only when the quick solver, in another process and the time left, has no schedule either; its schedule
// has a note that tells what happened. Thread-safe; `logger` outlives the pool.
class SolverPool final : public dispatch::Solver {
 public:
  SolverPool(const SolverPoolOptions& options, observe::Logger& logger);

  std::string_view name() const override { return "solver-pool"; }
  absl::StatusOr<dispatch::Solution> Solve(const dispatch::Problem& problem,
                                           const dispatch::SolveOptions& options) const override;
  ProcessPool::Figures figures() const { return processes_->figures(); }

 private:
  struct Attempt;
  Attempt Try(Effort effort, std::unique_ptr<WorkerProcess> process, const dispatch::Problem& problem,
              const dispatch::SolveOptions& options, absl::Time deadline) const;
  absl::StatusOr<dispatch::Solution> QuickAfter(const absl::Status& loss, const dispatch::Problem& problem,
                                                const dispatch::SolveOptions& options, absl::Time deadline) const;

  const absl::Duration grace_;
  const int quick_tries_;  // whatever killed one process may have killed all: the last try has one started since
  const std::unique_ptr<ProcessPool> processes_;
};

}  // namespace derms::optimizer
