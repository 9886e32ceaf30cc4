#include "libs/dispatch/fleet/workers.h"

namespace derms::dispatch::fleet {

Workers::Workers(int threads) {
  for (int w = 1; w < threads; ++w) threads_.emplace_back([this, w] { Serve(static_cast<std::size_t>(w)); });
}

Workers::~Workers() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void Workers::Run(std::size_t jobs, const std::function<void(std::size_t, std::size_t)>& job) {
  if (threads_.empty() || jobs <= 1) {
    for (std::size_t number = 0; number < jobs; ++number) job(number, 0);
    return;
  }
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    job_ = &job;
    jobs_ = jobs;
    next_ = 0;
    at_work_ = threads_.size();
    ++round_;
  }
  wake_.notify_all();
  Work(0);
  std::unique_lock<std::mutex> lock(mutex_);
  finished_.wait(lock, [this] { return at_work_ == 0; });
  job_ = nullptr;
}

void Workers::Serve(std::size_t worker) {
  std::uint64_t seen = 0;
  for (;;) {
    {
      std::unique_lock<std::mutex> lock(mutex_);
      wake_.wait(lock, [&] { return stopping_ || round_ != seen; });
      if (stopping_) return;
      seen = round_;
    }
    Work(worker);
    const std::lock_guard<std::mutex> lock(mutex_);
    if (--at_work_ == 0) finished_.notify_one();
  }
}

void Workers::Work(std::size_t worker) {
  for (;;) {
    std::size_t number = 0;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (next_ >= jobs_) return;
      number = next_++;
    }
    (*job_)(number, worker);
  }
}

}  // namespace derms::dispatch::fleet
