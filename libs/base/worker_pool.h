// A bounded pool of threads for work that blocks (database, solver). gRPC's own threads never wait.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"

namespace derms::base {

// Thread-safe. Tasks run on `threads` threads in order of arrival, those of Submit and of SubmitPatient in turns; the
// destructor runs what was accepted.
class WorkerPool {
 public:
  WorkerPool(std::size_t threads, std::size_t queue_limit);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // RESOURCE_EXHAUSTED reason QUEUE_FULL when the queue is at its limit, UNAVAILABLE reason DRAINING after Drain.
  absl::Status Submit(std::function<void()> task);
  // For work that something else bounds, such as the number of streams: it waits for its turn instead of being refused.
  // UNAVAILABLE reason DRAINING after Drain.
  absl::Status SubmitPatient(std::function<void()> task);
  // Accepts nothing more and returns when all accepted tasks have run.
  void Drain();
  std::size_t queued() const;  // of both kinds
  bool crowded() const;        // more waits than `queue_limit`

 private:
  using Tasks = std::deque<std::function<void()>>;

  void Run();
  Tasks& NextTasks() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::size_t queue_limit_;
  mutable absl::Mutex mutex_;
  Tasks queue_ ABSL_GUARDED_BY(mutex_);
  Tasks patient_ ABSL_GUARDED_BY(mutex_);
  bool patients_turn_ ABSL_GUARDED_BY(mutex_) = false;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace derms::base
