#include "services/optimizer/workers/solver_pool.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "libs/base/error.h"
#include "services/optimizer/workers/remote_job.h"

namespace derms::optimizer {
namespace {

constexpr absl::Duration kLongestLimit = absl::Hours(24 * 30);  // keeps times finite
constexpr absl::Duration kForItsEnd = absl::Milliseconds(200);  // between a closed socket and the end of a process

// Why a job has no answer.
absl::Status LossOf(const RemoteJob& job, const WorkerEnd& end) {
  if (job.cancelled()) {
    return base::ErrorBuilder(absl::StatusCode::kCancelled, "CANCELLED", "the solve was cancelled");
  }
  if (job.gave_up()) {
    return base::DeadlineExceeded("SOLVER_OVERRAN",
                                  "the solver did not stop at its time limit and was ended; simplify the problem");
  }
  if (end.out_of_memory()) {
    return base::ResourceExhausted("SOLVER_OUT_OF_MEMORY",
                                   "the solver process ran out of memory; solve a part of the problem, or raise "
                                   "--solver-memory-mb");
  }
  return base::Aborted("SOLVER_CRASHED", absl::StrCat("the solver process ", end.Describe(),
                                                      " during this solve; if it happens again, report the problem"));
}

bool CanBeReplaced(const absl::Status& loss) {
  const std::string reason = base::ReasonOf(loss);
  return reason == "SOLVER_CRASHED" || reason == "SOLVER_OUT_OF_MEMORY";
}

}  // namespace

struct SolverPool::Attempt {
  std::optional<RemoteJob::Answer> answer;
  absl::Status loss;  // when there is none
};

SolverPool::SolverPool(const SolverPoolOptions& options, observe::Logger& logger)
    : grace_(options.grace),
      quick_tries_(std::max(2, options.processes.processes)),
      processes_(std::make_unique<ProcessPool>(options.processes, logger)) {}

absl::StatusOr<dispatch::Solution> SolverPool::Solve(const dispatch::Problem& problem,
                                                     const dispatch::SolveOptions& options) const {
  const absl::Time deadline = absl::Now() + std::clamp(options.time_limit, absl::ZeroDuration(), kLongestLimit);
  ASSIGN_OR_RETURN(auto process, processes_->Take(ProcessPool::Place::kBack, deadline, options.cancelled));
  Attempt attempt = Try(Effort::kBest, std::move(process), problem, options, deadline);
  if (attempt.answer) return *std::move(attempt.answer);
  if (!CanBeReplaced(attempt.loss) || absl::Now() >= deadline) return attempt.loss;
  return QuickAfter(attempt.loss, problem, options, deadline);
}

SolverPool::Attempt SolverPool::Try(Effort effort, std::unique_ptr<WorkerProcess> process,
                                    const dispatch::Problem& problem, const dispatch::SolveOptions& options,
                                    absl::Time deadline) const {
  RemoteJob job(process->socket(), options, deadline, grace_);
  Attempt attempt;
  try {
    attempt.answer = job.Run(effort, problem);
  } catch (...) {  // no memory here, or the caller's progress function: the process is in the middle of something
    processes_->GiveUp(std::move(process), absl::ZeroDuration());
    throw;
  }
  if (attempt.answer) {
    processes_->GiveBack(std::move(process));
  } else {
    const absl::Duration patience = job.gave_up() ? absl::ZeroDuration() : kForItsEnd;
    attempt.loss = LossOf(job, processes_->GiveUp(std::move(process), patience));
  }
  return attempt;
}

absl::StatusOr<dispatch::Solution> SolverPool::QuickAfter(const absl::Status& loss, const dispatch::Problem& problem,
                                                          const dispatch::SolveOptions& options,
                                                          absl::Time deadline) const {
  Attempt attempt;
  for (int left = quick_tries_; left > 0 && !attempt.answer; --left) {
    auto process = processes_->Take(ProcessPool::Place::kFront, deadline, options.cancelled);
    if (!process.ok()) return absl::IsCancelled(process.status()) ? process.status() : loss;
    attempt = Try(Effort::kQuick, *std::move(process), problem, options, deadline);
    if (!attempt.answer && base::ReasonOf(attempt.loss) != "SOLVER_CRASHED")
      return absl::IsCancelled(attempt.loss) ? attempt.loss : loss;
  }
  if (!attempt.answer || !attempt.answer->ok()) return loss;
  dispatch::Solution solution = **std::move(attempt.answer);
  solution.notes.push_back(absl::StrCat("not optimised, the quick schedule instead: ", loss.message()));
  return solution;
}

}  // namespace derms::optimizer
