// Time, injected. Decisions about validity use a Clock that follows the database's (libs/store/db_clock.h);
// durations are measured with absl::Now of the machine. Thread-safe.
#pragma once

#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace derms::base {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual absl::Time Now() const = 0;  // UTC
};

class SystemClock final : public Clock {
 public:
  absl::Time Now() const override;
};

// A clock that a test moves by hand.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(absl::Time start) : now_(start) {}
  absl::Time Now() const override;
  void Advance(absl::Duration step);
  void Set(absl::Time now);

 private:
  mutable absl::Mutex mutex_;
  absl::Time now_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace derms::base
