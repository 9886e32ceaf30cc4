#include "services/registry/event_hub.h"

#include <algorithm>
#include <utility>

namespace derms::registry {

EventQueue::EventQueue(EventPredicate wanted, std::size_t limit, std::function<void()> wake)
    : wanted_(std::move(wanted)), limit_(limit), wake_(std::move(wake)) {}

void EventQueue::Offer(const std::vector<EventPtr>& events) {
  {
    absl::MutexLock lock(&mutex_);
    for (const EventPtr& event : events) {
      if (overflowed_) break;
      if (wanted_(*event)) {
        overflowed_ = waiting_.size() >= limit_;
        if (overflowed_) break;
        waiting_.push_back(event);
      }
      heard_through_ = event->sequence;
    }
  }
  wake_();
}

EventQueue::Taken EventQueue::Take(std::size_t limit) {
  absl::MutexLock lock(&mutex_);
  Taken taken;
  while (!waiting_.empty() && taken.events.size() < limit) {
    taken.events.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  // What was heard and not wanted is done as well, once nothing wanted waits before it.
  if (waiting_.empty()) {
    taken_through_ = heard_through_;
  } else if (!taken.events.empty()) {
    taken_through_ = taken.events.back()->sequence;
  }
  taken.through_sequence = taken_through_;
  taken.overflowed = overflowed_ && waiting_.empty();
  return taken;
}

void EventQueue::Clear() {
  absl::MutexLock lock(&mutex_);
  waiting_.clear();
  overflowed_ = false;
}

bool EventQueue::HasWork() const {
  absl::MutexLock lock(&mutex_);
  return !waiting_.empty() || overflowed_;
}

void EventHub::OnEvents(const std::vector<domain::Event>& events) {
  if (events.empty()) return;
  std::vector<EventPtr> shared;
  shared.reserve(events.size());
  for (const domain::Event& event : events) shared.push_back(std::make_shared<const domain::Event>(event));
  std::vector<std::shared_ptr<EventQueue>> listening;
  {
    absl::MutexLock lock(&mutex_);
    std::erase_if(queues_, [](const auto& queue) { return queue.expired(); });
    for (const auto& queue : queues_) {
      if (auto alive = queue.lock()) listening.push_back(std::move(alive));
    }
  }
  for (const auto& queue : listening) queue->Offer(shared);
}

void EventHub::Add(const std::shared_ptr<EventQueue>& queue) {
  absl::MutexLock lock(&mutex_);
  queues_.push_back(queue);
}

std::size_t EventHub::watchers() const {
  absl::MutexLock lock(&mutex_);
  return static_cast<std::size_t>(
      std::count_if(queues_.begin(), queues_.end(), [](const auto& queue) { return !queue.expired(); }));
}

}  // namespace derms::registry
