// A few threads that share out numbered jobs. Which thread does a job may differ from run to run; a job's result must
// not, and callers add results up in the order of the jobs: then a run is the same for any number of threads.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace derms::dispatch::fleet {

class Workers {
 public:
  explicit Workers(int threads);
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  int count() const { return static_cast<int>(threads_.size()) + 1; }

  // Calls job(number, worker) for every number below `jobs`, worker in [0, count()); returns when all are done. The
  // calling thread is worker 0. Must not be called from within a job.
  void Run(std::size_t jobs, const std::function<void(std::size_t, std::size_t)>& job);

 private:
  void Serve(std::size_t worker);
  void Work(std::size_t worker);

  std::mutex mutex_;
  std::condition_variable wake_, finished_;
  const std::function<void(std::size_t, std::size_t)>* job_ = nullptr;
  std::size_t jobs_ = 0, next_ = 0, at_work_ = 0;
  std::uint64_t round_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace derms::dispatch::fleet
