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

namespace {

absl::Status Draining() {
  return Unavailable("DRAINING", "the service is stopping; retry on another replica");
}

}  // namespace

absl::Status WorkerPool::Submit(std::function<void()> task) {
  absl::MutexLock lock(&mutex_);
  if (closed_) return Draining();
  if (queue_.size() >= queue_limit_) {
    return ResourceExhausted("QUEUE_FULL", "too many requests wait; retry after a pause");
  }
  queue_.push_back(std::move(task));
  return absl::OkStatus();
}

absl::Status WorkerPool::SubmitPatient(std::function<void()> task) {
  absl::MutexLock lock(&mutex_);
  if (closed_) return Draining();
  patient_.push_back(std::move(task));
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
  return queue_.size() + patient_.size();
}

bool WorkerPool::crowded() const {
  return queued() > queue_limit_;
}

WorkerPool::Tasks& WorkerPool::NextTasks() {
  patients_turn_ = !patients_turn_;
  if (queue_.empty()) return patient_;
  return patients_turn_ && !patient_.empty() ? patient_ : queue_;
}

void WorkerPool::Run() {
  while (true) {
    std::function<void()> task;
    {
      absl::MutexLock lock(&mutex_);
      const auto ready = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
        return closed_ || !queue_.empty() || !patient_.empty();
      };
      mutex_.Await(absl::Condition(&ready));
      Tasks& tasks = NextTasks();
      if (tasks.empty()) return;
      task = std::move(tasks.front());
      tasks.pop_front();
    }
    task();
  }
}

}  // namespace derms::base
