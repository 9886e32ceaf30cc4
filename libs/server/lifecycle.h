// Signals and the end of a process.
#pragma once

#include <thread>

#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace derms::server {

// SIGTERM and SIGINT are from now on for WaitForStopSignal alone; call it before any thread is made. SIGPIPE is
// ignored.
void BlockStopSignals();
int WaitForStopSignal();

// Ends the process with kForcedExitCode unless destroyed in time: a drain that hangs must not become a process that
// cannot be stopped.
class ForcedExit {
 public:
  static constexpr int kForcedExitCode = 70;
  explicit ForcedExit(absl::Duration limit);
  ~ForcedExit();

 private:
  absl::Mutex mutex_;
  bool done_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace derms::server
