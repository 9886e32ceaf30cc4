// A clock that follows the database's: decisions about time are the same in every process. Thread-safe.
#pragma once

#include <memory>

#include "absl/synchronization/mutex.h"
#include "libs/base/clock.h"
#include "libs/store/background_loop.h"
#include "libs/store/pool.h"

namespace derms::store {

// Now() is the machine's clock plus the offset last measured: database time minus the middle of the question's round
// trip. It never goes back; while the database is away it runs on with the last offset. Cut to microseconds, the
// resolution that timestamptz keeps, so that a time that is stored and read again is the same.
class DbClock final : public base::Clock {
 public:
  explicit DbClock(Pool& pool, absl::Duration measure_every = absl::Seconds(5));
  absl::Time Now() const override;
  absl::Duration offset() const;  // for metrics

 private:
  void Measure();

  Pool& pool_;
  mutable absl::Mutex mutex_;
  absl::Duration offset_ ABSL_GUARDED_BY(mutex_);
  mutable absl::Time latest_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  std::unique_ptr<BackgroundLoop> loop_;
};

}  // namespace derms::store
