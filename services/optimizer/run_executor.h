// Solves runs in threads of its own and stores how they ended. The pool that answers calls never waits for a solver.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/base/clock.h"
#include "libs/base/ids.h"
#include "libs/base/worker_pool.h"
#include "libs/dispatch/solver.h"
#include "libs/observe/log.h"
#include "libs/observe/metrics.h"
#include "libs/store/committer.h"
#include "services/optimizer/grid_stability.h"
#include "services/optimizer/resume_shelf.h"
#include "services/optimizer/run_board.h"
#include "services/optimizer/run_ticket.h"

namespace derms::optimizer {

// Thread-safe.
class RunExecutor {
 public:
  struct Options {
    std::string runner;       // id of this process (domain::Run::runner)
    std::size_t threads = 2;  // runs that are solved at once
    std::size_t limit = 32;   // with those that wait
  };
  // All must outlive the executor.
  struct Parts {
    const dispatch::Solver& solver;
    RunBoard& board;
    store::Committer& committer;
    const base::Clock& clock;  // the database's
    base::IdSource& ids;
    observe::Logger& logger;
    ResumeShelf& resume_points;
    observe::PolicyMetrics metrics;
  };
  RunExecutor(Options options, Parts parts);
  ~RunExecutor();

  const std::string& runner() const { return options_.runner; }

  // A place for a run that is not stored yet; it is free again when the handle is gone. RESOURCE_EXHAUSTED
  // TOO_MANY_RUNS, UNAVAILABLE DRAINING.
  absl::StatusOr<std::shared_ptr<void>> Reserve();
  // Takes a run whose row is stored; never waits. `done` hears of its end.
  void Begin(std::shared_ptr<const RunTicket> ticket, RunDone done);

  // Takes no more runs, gives those under way `patience` and then ends them (RUN_INTERRUPTED). Blocks.
  void Stop(absl::Duration patience);
  std::size_t places_taken() const { return *places_; }

 private:
  void Execute(const RunTicket& ticket, LiveRun& live, absl::Time began);
  absl::StatusOr<dispatch::Solution> Solve(const RunTicket& ticket, LiveRun& live, absl::Time began) const;
  // What a run of a standing policy goes on from.
  void GoOn(const RunTicket& ticket, dispatch::SolveOptions& options) const;
  // Its schedule is in force: the next run goes on from it.
  void Keep(const RunTicket& ticket, const dispatch::Solution& solution) const;
  static absl::Status Failure(const LiveRun& live, const absl::Status& status);
  absl::Status StoreEnd(const RunTicket& ticket, const v1::OptimizationRun& run, const dispatch::Solution* solution,
                        const std::vector<RegionStability>& stability) const;  // null: without a schedule
  // Stores the end; tries again while the database is away, up to a limit.
  absl::Status Store(const std::function<store::Mutation()>& end) const;

  const Options options_;
  const Parts parts_;
  const std::shared_ptr<std::atomic<std::size_t>> places_ = std::make_shared<std::atomic<std::size_t>>(0);
  std::atomic<bool> stopping_ = false;
  base::WorkerPool pool_;  // last: its threads use the others
};

}  // namespace derms::optimizer
