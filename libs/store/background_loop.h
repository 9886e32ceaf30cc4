// A thread that does one thing again and again until it is stopped: polls, refreshes, clean-ups, and work that news
// bring.
#pragma once

#include <functional>
#include <thread>

#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace derms::store {

class BackgroundLoop {
 public:
  // `step` returns how long to wait before the next one. It must not throw.
  explicit BackgroundLoop(std::function<absl::Duration()> step);
  ~BackgroundLoop();  // waits for the step that runs
  BackgroundLoop(const BackgroundLoop&) = delete;
  BackgroundLoop& operator=(const BackgroundLoop&) = delete;

  void Wake();  // the next step comes at once; during a step: right after it. Quick, from any thread
  void Stop();  // idempotent; not from within step

 private:
  void Run();

  const std::function<absl::Duration()> step_;
  absl::Mutex mutex_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  bool woken_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace derms::store
