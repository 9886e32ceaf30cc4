// One watcher's way through the events: first what the database has, then what happens, without gap or duplicate.
//
// Why there is no gap: the queue listens before the last page is read. An event is in the database before the follower
// brings it, so whatever the hub published before the queue listened is on that page or before it, and whatever it
// publishes later is in the queue. Why there is no duplicate: the queue's events that a page had already are skipped.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/store/queries.h"
#include "services/registry/event_hub.h"

namespace derms::registry {

// Used by one thread at a time; only the queue inside is fed by others.
class EventWatch {
 public:
  struct Limits {
    std::size_t queue = 1000;   // events that wait for a slow client before it is TOO_SLOW
    std::size_t page = 500;     // events read from the database at once
    std::size_t message = 100;  // events in one message
  };
  // `after_sequence`: -1 means from now. `wake` as for EventQueue. The hub and the queries must outlive the watch.
  EventWatch(EventHub& hub, store::Queries& queries, EventPredicate wanted, std::int64_t after_sequence, Limits limits,
             std::function<void()> wake);

  struct Message {
    std::vector<EventPtr> events;
    std::int64_t through_sequence = 0;
  };
  // Whether Next will read the database, and so must run where blocking is allowed.
  bool NeedsDatabase() const { return phase_ != Phase::kLive && unsent_.empty(); }
  // What to send now; nothing when all is sent. RESOURCE_EXHAUSTED TOO_SLOW when more waited than the queue holds;
  // FAILED_PRECONDITION SEQUENCE_AHEAD when after_sequence is beyond the newest event (a log that was restored); the
  // errors of Queries.
  absl::StatusOr<std::optional<Message>> Next(absl::Time deadline);
  // Everything wanted up to here has been handed out.
  std::int64_t through_sequence() const { return through_; }

 private:
  enum class Phase { kStart, kCatchUp, kLastPages, kLive };

  absl::Status FindStart(absl::Time deadline);
  absl::Status ReadPage(absl::Time deadline);
  absl::Status TakeLive();
  std::optional<Message> NextMessage();

  EventHub& hub_;
  store::Queries& queries_;
  const EventPredicate wanted_;
  const Limits limits_;
  const std::shared_ptr<EventQueue> queue_;
  Phase phase_ = Phase::kStart;
  std::int64_t read_through_ = 0;  // last sequence number that was read or taken
  std::int64_t through_ = 0;       // last one that was handed out
  std::deque<EventPtr> unsent_;    // at most one page
};

}  // namespace derms::registry
