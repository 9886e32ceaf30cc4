// So many log lines a second and no more: what callers can provoke must not push other lines out of the log.
#pragma once

#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace derms::observe {

// Thread-safe.
class LogLimit {
 public:
  explicit LogLimit(int lines_per_second) : lines_per_second_(lines_per_second) {}

  // Whether one more line may be written now.
  bool Take() {
    const absl::MutexLock lock(&mutex_);
    const absl::Time now = absl::Now();
    if (now - second_ >= absl::Seconds(1)) {
      second_ = now;
      lines_ = 0;
    }
    return ++lines_ <= lines_per_second_;
  }

 private:
  const int lines_per_second_;
  absl::Mutex mutex_;
  absl::Time second_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  int lines_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace derms::observe
