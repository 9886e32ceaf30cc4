#include "libs/dispatch/fleet/sapc_solver.h"

#include <algorithm>

#include "libs/base/error.h"
#include "libs/dispatch/fleet/compile.h"
#include "libs/dispatch/fleet/sapc.h"
#include "libs/dispatch/fleet/solution_reading.h"
#include "libs/dispatch/validate.h"

namespace derms::dispatch::fleet {
namespace {

// Reading the schedule back, with a multiplier for every row, belongs to the time limit too.
constexpr double kReadingSecondsPerDeviceInterval = 2e-7;

absl::Duration ReadingTime(const Problem& problem) {
  return absl::Seconds(kReadingSecondsPerDeviceInterval * static_cast<double>(problem.devices.size()) *
                       problem.interval_count);
}

}  // namespace

absl::StatusOr<Solution> SapcSolver::Solve(const Problem& problem, const SolveOptions& options) const {
  const absl::Time start = absl::Now();
  RETURN_IF_ERROR(Validate(problem));
  RETURN_IF_ERROR(CheckReachability(problem));
  ASSIGN_OR_RETURN(const CompiledFleet compiled, Compile(problem));
  SapcOptions how;
  how.time_limit = options.time_limit - (absl::Now() - start) - ReadingTime(problem);
  how.relative_gap = options.relative_gap;
  how.threads = options.threads;
  how.cancelled = options.cancelled;
  how.progress = options.progress;
  SapcReport report;
  ASSIGN_OR_RETURN(const FleetSchedule schedule, SolveFleet(compiled.fleet, how, &report));
  Solution solution = ReadSolution(problem, compiled, schedule);
  solution.solver = std::string(name());
  solution.status = solution.relative_gap() <= options.relative_gap ? SolveStatus::kOptimal : SolveStatus::kFeasible;
  if (!report.finished) solution.notes.push_back("the time limit cut the solve short; the gap says what is left");
  solution.seconds = absl::ToDoubleSeconds(absl::Now() - start);
  return solution;
}

}  // namespace derms::dispatch::fleet
