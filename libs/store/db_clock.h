// A clock that follows the database's, so that several services and the database agree on what is over.
#pragma once

#include <atomic>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "libs/base/clock.h"
#include "libs/store/background_loop.h"
#include "libs/store/pool.h"

namespace derms::store {

// Now() is the machine's steady clock plus an offset that is measured every few seconds: half of the round trip is
// taken as the way of the answer; of a slow round trip nothing is learned. Never goes back: when the offset shrinks it
// stands still until the time has caught up. Cut to microseconds, which is what the database stores. Before the first
// measurement it is the machine's clock, and what that said binds nobody; while the database cannot be reached it goes
// on as it is. Thread-safe, never waits.
class DbClock final : public base::Clock {
 public:
  struct Options {
    absl::Duration measure_interval = absl::Seconds(5);
    absl::Duration slowest_round_trip = absl::Milliseconds(200);
    absl::Duration read_timeout = absl::Seconds(2);
    absl::Time (*machine_now)() = absl::Now;
  };
  DbClock(Options options, Pool& pool);  // the pool must outlive it
  ~DbClock() override;

  absl::Time Now() const override;
  absl::Status Measure();         // once, now; call it before serving
  absl::Duration offset() const;  // of the database's clock to the machine's, as last measured

 private:
  const Options options_;
  Pool& pool_;
  std::atomic<std::int64_t> steady_to_database_us_;  // what to add to the steady clock
  std::atomic<bool> measured_{false};
  mutable std::atomic<std::int64_t> last_told_us_{0};
  BackgroundLoop loop_;
};

}  // namespace derms::store
