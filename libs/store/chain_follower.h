// Hands the events of the chain to listeners, in order, from a sequence on; in every process.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "libs/store/background_loop.h"
#include "libs/store/event_listener.h"
#include "libs/store/queries.h"

namespace derms::store {

class ChainFollower {
 public:
  struct Options {
    std::int64_t after_sequence = 0;  // the first event handed on is the next one
    std::size_t max_batch = 1000;
    absl::Duration busy_pause = absl::Milliseconds(20);
    absl::Duration idle_pause = absl::Milliseconds(50);
    absl::Duration retry_pause = absl::Milliseconds(200);  // while the database cannot be reached
    absl::Duration read_timeout = absl::Seconds(5);
  };
  struct Hooks {
    std::function<void()> on_heard;  // the database answered, with or without events
    std::function<void(const absl::Status&)> on_error;
  };
  // Queries and listeners must outlive it. Errors of the database are waited out: no event is lost or told twice.
  ChainFollower(Options options, Hooks hooks, Queries& queries, std::vector<EventListener*> listeners);
  ~ChainFollower();

  std::int64_t sequence() const { return sequence_; }  // of the last event that all listeners have seen

 private:
  absl::Duration Step();

  const Options options_;
  const Hooks hooks_;
  Queries& queries_;
  const std::vector<EventListener*> listeners_;
  std::atomic<std::int64_t> sequence_;
  BackgroundLoop loop_;
};

}  // namespace derms::store
