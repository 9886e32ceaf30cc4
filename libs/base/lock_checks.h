#pragma once

#include "absl/synchronization/mutex.h"

namespace derms::base {

// For the begin of main. Debian builds Abseil without NDEBUG: every lock of gRPC and of ours would be checked for
// deadlocks, a tenth of what a call costs a service and a third of what a thousand streams cost a client. Tests keep
// the check.
inline void SkipDeadlockDetection() {
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
}

}  // namespace derms::base
