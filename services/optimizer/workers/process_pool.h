// Warm solver processes: lent to one solve each, replaced when they are lost, and a bounded queue for who has to wait.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "libs/observe/log.h"
#include "services/optimizer/workers/worker_process.h"

namespace derms::optimizer {

struct ProcessPoolOptions {
  int processes = 2;
  int queue = 48;                                     // solves that may wait for one
  std::int64_t memory_bytes = std::int64_t{6} << 30;  // each process may allocate
};

// Thread-safe. A thread of its own starts processes and looks after idle ones; starts that fail are repeated with
// growing pauses.
class ProcessPool {
 public:
  struct Figures {
    std::int64_t started = 0;
    std::int64_t crashed = 0, killed = 0, out_of_memory = 0;  // lost: by themselves; by us; for lack of memory
    int ready = 0, busy = 0, waiting = 0;
  };
  enum class Place { kBack, kFront };  // of the queue, whose limit does not hold for the front

  ProcessPool(const ProcessPoolOptions& options, observe::Logger& logger);
  ~ProcessPool();  // ends the processes; all have been given back
  ProcessPool(const ProcessPool&) = delete;
  ProcessPool& operator=(const ProcessPool&) = delete;

  // RESOURCE_EXHAUSTED SOLVERS_BUSY when the queue is full or the deadline comes first, UNAVAILABLE SOLVERS_DOWN when
  // none can be started, CANCELLED. `cancelled` may be null.
  absl::StatusOr<std::unique_ptr<WorkerProcess>> Take(Place place, absl::Time deadline,
                                                      const std::atomic<bool>* cancelled);
  // One that has answered and waits for its next job.
  void GiveBack(std::unique_ptr<WorkerProcess> process);
  // One that is lost, or to be killed unless it ends within `patience`; it is replaced.
  WorkerEnd GiveUp(std::unique_ptr<WorkerProcess> process, absl::Duration patience);

  Figures figures() const;

 private:
  // On the stack of who waits.
  struct Waiter {
    const std::atomic<bool>* cancelled;
    bool Cancelled() const { return cancelled != nullptr && cancelled->load(); }
  };

  void Keep();
  void StartOne();
  absl::Status AwaitReady(WorkerProcess& process) const;
  void StartFailed(const absl::Status& why);
  void RemoveDeadIdle() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Count(const WorkerEnd& end) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::unique_ptr<WorkerProcess> TakeIdle() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<std::unique_ptr<WorkerProcess>> AwaitTurn(const Waiter& waiter, absl::Time deadline)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool QueueFull() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool StartWanted() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return owned_ < options_.processes; }
  bool Down() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const ProcessPoolOptions options_;
  observe::Logger& logger_;
  std::atomic<bool> stopping_{false};  // written under the mutex, read by waits without it
  mutable absl::Mutex mutex_;
  std::vector<std::unique_ptr<WorkerProcess>> idle_ ABSL_GUARDED_BY(mutex_);
  std::deque<const Waiter*> queue_ ABSL_GUARDED_BY(mutex_);
  int owned_ ABSL_GUARDED_BY(mutex_) = 0;          // idle, lent and being started
  int starting_ ABSL_GUARDED_BY(mutex_) = 0;       // by the keeper
  int failed_starts_ ABSL_GUARDED_BY(mutex_) = 0;  // one after the other
  absl::Time next_start_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  std::string last_failure_ ABSL_GUARDED_BY(mutex_);
  Figures counts_ ABSL_GUARDED_BY(mutex_);
  std::thread keeper_;  // last: uses all of the above
};

}  // namespace derms::optimizer
