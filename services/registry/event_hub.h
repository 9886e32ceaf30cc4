// Hands the events that the chain's follower brings to everybody who watches.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "libs/domain/records.h"
#include "libs/store/event_listener.h"

namespace derms::registry {

using EventPtr = std::shared_ptr<const domain::Event>;
using EventPredicate = std::function<bool(const domain::Event&)>;

// What waits for one watcher: a bounded queue of the events it may see. Thread-safe.
class EventQueue {
 public:
  // `wake` is called, without any lock held, whenever something new waits; it must not block.
  EventQueue(EventPredicate wanted, std::size_t limit, std::function<void()> wake);

  struct Taken {
    std::vector<EventPtr> events;       // in order
    std::int64_t through_sequence = 0;  // everything wanted up to here has been taken; 0: nothing heard yet
    bool overflowed = false;            // events were lost after these
  };
  // At most `limit` events, oldest first.
  Taken Take(std::size_t limit);
  // Forgets everything, an overflow too: for a watcher that reads from the database for now.
  void Clear();
  bool HasWork() const;

 private:
  friend class EventHub;
  void Offer(const std::vector<EventPtr>& events);

  const EventPredicate wanted_;
  const std::size_t limit_;
  const std::function<void()> wake_;
  mutable absl::Mutex mutex_;
  std::deque<EventPtr> waiting_ ABSL_GUARDED_BY(mutex_);
  std::int64_t heard_through_ ABSL_GUARDED_BY(mutex_) = 0;
  std::int64_t taken_through_ ABSL_GUARDED_BY(mutex_) = 0;
  bool overflowed_ ABSL_GUARDED_BY(mutex_) = false;
};

// Thread-safe. Costs the follower one predicate per event and watcher; events are shared, not copied.
class EventHub final : public store::EventListener {
 public:
  void OnEvents(const std::vector<domain::Event>& events) override;

  // The queue gets what is published from now on, until its last owner drops it.
  void Add(const std::shared_ptr<EventQueue>& queue);
  std::size_t watchers() const;

 private:
  mutable absl::Mutex mutex_;
  std::vector<std::weak_ptr<EventQueue>> queues_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace derms::registry
