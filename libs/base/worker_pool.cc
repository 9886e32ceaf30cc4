#include "libs/base/worker_pool.h"

#include <utility>

#include "libs/base/error.h"

namespace derms::base {

WorkerPool::WorkerPool(std::size_t threads, std::size_t queue_limit) : queue_limit_(queue_limit) {
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { Run(); });
}

WorkerPool::~WorkerPool() {
  Drain();
}

absl::Status WorkerPool::Submit(std::function<void()> task) {
  absl::MutexLock lock(&mutex_);
  if (closed_) return Unavailable("DRAINING", "the service is stopping; retry on another replica");
  if (queue_.size() >= queue_limit_) {
    return ResourceExhausted("QUEUE_FULL", "too many requests wait; retry after a pause");
  }
  queue_.push_back(std::move(task));
  return absl::OkStatus();
}

void WorkerPool::Drain() {
  {
    absl::MutexLock lock(&mutex_);
    closed_ = true;
  }
  for (auto& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

std::size_t WorkerPool::queued() const {
  absl::MutexLock lock(&mutex_);
  return queue_.size();
}

void WorkerPool::Run() {
  while (true) {
    std::function<void()> task;
    {
      absl::MutexLock lock(&mutex_);
      const auto ready = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return closed_ || !queue_.empty(); };
      mutex_.Await(absl::Condition(&ready));
      if (queue_.empty()) return;
      task = std::move(queue_.front());
      queue_.pop_front();
    }
    task();
  }
}

}  // namespace derms::base
