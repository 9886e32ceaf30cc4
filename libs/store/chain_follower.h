// Follows the event chain from any process: hands events to listeners in order, without a gap, through restarts of the
// database. Polls, because a NOTIFY in the writers' transactions would cost a factor of three of their commits.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/time/time.h"
#include "libs/store/background_loop.h"
#include "libs/store/event_listener.h"
#include "libs/store/queries.h"

namespace derms::store {

// Thread-safe; listeners are called on the follower's thread.
class ChainFollower {
 public:
  struct Options {
    absl::Duration busy_pause = absl::Milliseconds(20);
    absl::Duration idle_pause = absl::Milliseconds(50);
    std::size_t events_per_query = 1000;
  };
  // Begins after `after_sequence`. Queries and listeners must outlive it.
  ChainFollower(Queries& queries, std::int64_t after_sequence, std::vector<EventListener*> listeners, Options options);

  std::int64_t through_sequence() const { return through_.load(); }  // what listeners have seen
  absl::Duration Age() const;                                        // since the chain was last read

 private:
  absl::Duration Step();

  Queries& queries_;
  const std::vector<EventListener*> listeners_;
  const Options options_;
  std::atomic<std::int64_t> through_;
  std::atomic<std::int64_t> read_at_us_;
  std::unique_ptr<BackgroundLoop> loop_;  // last: stops before what its step uses goes
};

}  // namespace derms::store
