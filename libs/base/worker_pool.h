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

// Thread-safe. Tasks run in order of arrival on `threads` threads; the destructor runs what was accepted.
class WorkerPool {
 public:
  WorkerPool(std::size_t threads, std::size_t queue_limit);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // RESOURCE_EXHAUSTED reason QUEUE_FULL when the queue is at its limit, UNAVAILABLE reason DRAINING after Drain.
  absl::Status Submit(std::function<void()> task);
  // Accepts nothing more and returns when all accepted tasks have run.
  void Drain();
  std::size_t queued() const;

 private:
  void Run();

  const std::size_t queue_limit_;
  mutable absl::Mutex mutex_;
  std::deque<std::function<void()>> queue_ ABSL_GUARDED_BY(mutex_);
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace derms::base
