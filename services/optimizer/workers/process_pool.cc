#include "services/optimizer/workers/process_pool.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "libs/base/error.h"

namespace derms::optimizer {
namespace {

constexpr absl::Duration kTick = absl::Milliseconds(100);       // how often the keeper looks at idle processes
constexpr absl::Duration kCancelTick = absl::Milliseconds(10);  // how often a waiting solve looks for its cancellation
constexpr absl::Duration kStartLimit = absl::Seconds(10);
constexpr absl::Duration kFirstPause = absl::Milliseconds(100), kLongestPause = absl::Seconds(30);
constexpr int kStartsBeforeDown = 3;

absl::Status Busy(const std::string& why) {
  return base::ResourceExhausted(
      "SOLVERS_BUSY", absl::StrCat(why, "; repeat after a pause, or give the service more solver processes"));
}

}  // namespace

ProcessPool::ProcessPool(const ProcessPoolOptions& options, observe::Logger& logger)
    : options_(options), logger_(logger), keeper_([this] { Keep(); }) {}

ProcessPool::~ProcessPool() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  keeper_.join();
}

void ProcessPool::Keep() {
  const auto act = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return stopping_ || (StartWanted() && failed_starts_ == 0);
  };
  while (true) {
    {
      absl::MutexLock lock(&mutex_);
      mutex_.AwaitWithTimeout(absl::Condition(&act), kTick);
      if (stopping_) return;
      RemoveDeadIdle();
      if (!StartWanted() || absl::Now() < next_start_) continue;
      ++owned_;
      ++starting_;
    }
    StartOne();
    absl::MutexLock lock(&mutex_);
    --starting_;
  }
}

void ProcessPool::StartOne() {
  auto process = WorkerProcess::Spawn(options_.memory_bytes);
  if (!process.ok()) return StartFailed(process.status());
  if (const absl::Status ready = AwaitReady(**process); !ready.ok()) {
    process->reset();
    return StartFailed(ready);
  }
  absl::MutexLock lock(&mutex_);
  ++counts_.started;
  failed_starts_ = 0;
  idle_.push_back(*std::move(process));
}

absl::Status ProcessPool::AwaitReady(WorkerProcess& process) const {
  const absl::Time limit = absl::Now() + kStartLimit;
  Frame frame;
  const Transfer received = process.socket().Receive(frame, [&] { return !stopping_ && absl::Now() < limit; });
  if (received == Transfer::kDone && frame.kind == FrameKind::kReady) return absl::OkStatus();
  return base::Unavailable("SOLVERS_DOWN",
                           absl::StrCat("no solver process can be started: it ",
                                        process.End(absl::Milliseconds(100)).Describe(), " before it was ready"));
}

void ProcessPool::StartFailed(const absl::Status& why) {
  absl::MutexLock lock(&mutex_);
  --owned_;
  if (stopping_) return;
  const absl::Duration pause = std::min(kFirstPause * (1 << std::min(failed_starts_, 16)), kLongestPause);
  ++failed_starts_;
  next_start_ = absl::Now() + pause;
  last_failure_ = std::string(why.message());
  logger_.Error("solver process not started",
                {{"error", last_failure_}, {"next_try_seconds", absl::ToDoubleSeconds(pause)}});
}

void ProcessPool::RemoveDeadIdle() {
  for (auto& process : idle_) {
    if (process->Alive()) continue;
    const WorkerEnd end = process->End(absl::ZeroDuration());
    logger_.Warning("idle solver process lost", {{"pid", process->pid()}, {"how", end.Describe()}});
    Count(end);
    --owned_;
    process.reset();
  }
  idle_.erase(std::remove(idle_.begin(), idle_.end(), nullptr), idle_.end());
}

void ProcessPool::Count(const WorkerEnd& end) {
  ++(end.killed ? counts_.killed : end.out_of_memory() ? counts_.out_of_memory : counts_.crashed);
}

bool ProcessPool::Down() const {
  return failed_starts_ >= kStartsBeforeDown && owned_ == starting_;
}

// The one used last is the warmest.
std::unique_ptr<WorkerProcess> ProcessPool::TakeIdle() {
  RemoveDeadIdle();
  if (idle_.empty()) return nullptr;
  std::unique_ptr<WorkerProcess> process = std::move(idle_.back());
  idle_.pop_back();
  return process;
}

absl::StatusOr<std::unique_ptr<WorkerProcess>> ProcessPool::Take(Place place, absl::Time deadline,
                                                                 const std::atomic<bool>* cancelled) {
  absl::MutexLock lock(&mutex_);
  if (queue_.empty()) {
    if (auto process = TakeIdle(); process != nullptr) return process;
  }
  if (place == Place::kBack && QueueFull()) {
    return Busy(absl::StrCat("all ", options_.processes, " solver processes are busy and ", queue_.size(),
                             " solves wait for them"));
  }
  const Waiter waiter{cancelled};
  queue_.insert(place == Place::kFront ? queue_.begin() : queue_.end(), &waiter);
  auto process = AwaitTurn(waiter, deadline);
  queue_.erase(std::find(queue_.begin(), queue_.end(), &waiter));
  return process;
}

// Those who have been cancelled, and not yet noticed, keep nobody out.
bool ProcessPool::QueueFull() const {
  const auto waits = [](const Waiter* waiter) { return !waiter->Cancelled(); };
  return std::count_if(queue_.begin(), queue_.end(), waits) >= options_.queue;
}

absl::StatusOr<std::unique_ptr<WorkerProcess>> ProcessPool::AwaitTurn(const Waiter& waiter, absl::Time deadline) {
  const auto my_turn = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return (queue_.front() == &waiter && !idle_.empty()) || Down();
  };
  while (true) {
    const absl::Time look = std::min(deadline, absl::Now() + kCancelTick);
    if (mutex_.AwaitWithDeadline(absl::Condition(&my_turn), look)) {
      if (Down()) return base::Unavailable("SOLVERS_DOWN", last_failure_);
      if (auto process = TakeIdle(); process != nullptr) return process;
    }
    if (waiter.Cancelled()) {
      return base::ErrorBuilder(absl::StatusCode::kCancelled, "CANCELLED", "the solve was cancelled");
    }
    if (absl::Now() >= deadline) return Busy("no solver process became free within the time limit");
  }
}

void ProcessPool::GiveBack(std::unique_ptr<WorkerProcess> process) {
  absl::MutexLock lock(&mutex_);
  idle_.push_back(std::move(process));
}

WorkerEnd ProcessPool::GiveUp(std::unique_ptr<WorkerProcess> process, absl::Duration patience) {
  const WorkerEnd end = process->End(patience);
  logger_.Warning("solver process lost", {{"pid", process->pid()}, {"how", end.Describe()}});
  process.reset();
  absl::MutexLock lock(&mutex_);
  Count(end);
  --owned_;
  return end;
}

ProcessPool::Figures ProcessPool::figures() const {
  absl::MutexLock lock(&mutex_);
  Figures figures = counts_;
  figures.ready = static_cast<int>(idle_.size());
  figures.busy = owned_ - starting_ - figures.ready;
  figures.waiting = static_cast<int>(queue_.size());
  return figures;
}

}  // namespace derms::optimizer
