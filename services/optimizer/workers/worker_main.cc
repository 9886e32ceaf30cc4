#include "services/optimizer/workers/worker_main.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "libs/base/error.h"
#include "services/optimizer/workers/messages.h"
#include "services/optimizer/workers/worker_limits.h"
#include "services/optimizer/workers/worker_process.h"

namespace derms::optimizer {
namespace {

constexpr int kUsage = 2;

bool ForEver() {
  return true;
}

// One thread solves, another reads: so that a solver that never looks up can still be cancelled, and ends with its
// service even in an endless loop.
class Worker {
 public:
  Worker(const dispatch::Solver& best, const dispatch::Solver& quick)
      : best_(best), quick_(quick), socket_(server::OwnedFd(kWorkerSocket)) {}

  [[noreturn]] void Run() {
    std::thread([this] { ReadUntilClosed(); }).detach();
    Send(FrameKind::kReady, "");
    while (true) Solve(NextJob());
  }

 private:
  // Does not return: the service is gone, or what it says makes no sense.
  void ReadUntilClosed() {
    Frame frame;
    while (socket_.Receive(frame, ForEver) == Transfer::kDone) {
      if (frame.kind == FrameKind::kCancel) {
        cancelled_ = true;
        continue;
      }
      Job job;
      if (frame.kind != FrameKind::kJob || !Decode(frame.bytes, job)) break;
      std::string().swap(frame.bytes);  // it may be large
      cancelled_ = false;               // what was said about the job before
      absl::MutexLock lock(&mutex_);
      job_ = std::move(job);
    }
    _exit(EXIT_SUCCESS);
  }

  Job NextJob() {
    const auto there = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return job_.has_value(); };
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(&there));
    Job job = *std::move(job_);
    job_.reset();
    return job;
  }

  void Solve(const Job& job) {
    dispatch::SolveOptions options;
    options.time_limit = std::max(job.options.deadline - absl::Now(), absl::ZeroDuration());
    options.relative_gap = job.options.relative_gap;
    options.seed = job.options.seed;
    options.threads = job.options.threads;
    options.relax = job.options.relax;
    options.resume_from = job.resume_from;
    options.resume_gap = job.options.resume_gap;
    options.keep_resume_point = job.options.keep_resume_point;
    options.cancelled = &cancelled_;
    options.progress = [this](const dispatch::SolveProgress& progress) {
      Send(FrameKind::kProgress, EncodeProgress(progress));
    };
    const dispatch::Solver& solver = job.options.effort == Effort::kQuick ? quick_ : best_;
    absl::StatusOr<dispatch::Solution> solution = solver.Solve(job.problem, options);
    std::string answer = EncodeAnswer(solution);
    if (answer.size() > kMaxFrameBytes && solution.ok() && solution->resume_point != nullptr) {
      solution->resume_point = nullptr;  // the next solve starts from scratch
      answer = EncodeAnswer(solution);
    }
    if (answer.size() > kMaxFrameBytes) {
      answer = EncodeAnswer(
          base::InvalidArgument("UNSUPPORTED_SIZE", "the schedule is too large to be handed over; optimise a part"));
    }
    Send(FrameKind::kAnswer, answer);
  }

  void Send(FrameKind kind, std::string_view bytes) {
    if (socket_.Send(kind, bytes, ForEver) != Transfer::kDone) _exit(EXIT_SUCCESS);
  }

  const dispatch::Solver& best_;
  const dispatch::Solver& quick_;
  FrameSocket socket_;
  std::atomic<bool> cancelled_{false};
  absl::Mutex mutex_;
  std::optional<Job> job_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

bool IsSolverWorker(int argc, const char* const* argv) {
  return argc > 1 && std::string_view(argv[1]) == kSolverWorkerArgument;
}

int RunSolverWorker(int argc, const char* const* argv, const dispatch::Solver& best, const dispatch::Solver& quick) {
  std::int64_t memory_bytes = 0;
  if (argc != 3 || !absl::SimpleAtoi(argv[2], &memory_bytes) || memory_bytes <= 0) return kUsage;
  LimitThisWorker(memory_bytes);
  Worker(best, quick).Run();
}

}  // namespace derms::optimizer
