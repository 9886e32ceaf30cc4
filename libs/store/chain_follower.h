// Hands the events of the chain to listeners, in order, from a sequence on; in every process.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <vector>

#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
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

  // What this process has just chained itself: when it is what comes next, nothing needs to be read.
  void Offer(const std::vector<domain::Event>& events);

  std::int64_t sequence() const { return sequence_; }  // of the last event that all listeners have seen

 private:
  absl::Duration Step();
  void HandOn(const std::vector<domain::Event>& events) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Options options_;
  const Hooks hooks_;
  Queries& queries_;
  const std::vector<EventListener*> listeners_;
  absl::Mutex mutex_;                             // one hands on at a time
  bool offered_ ABSL_GUARDED_BY(mutex_) = false;  // since the last look
  std::atomic<std::int64_t> sequence_;
  BackgroundLoop loop_;
};

}  // namespace derms::store
