#include "libs/store/chain_follower.h"

#include <utility>

#include "absl/time/clock.h"

namespace derms::store {

ChainFollower::ChainFollower(Options options, Hooks hooks, Queries& queries, std::vector<EventListener*> listeners)
    : options_(std::move(options)),
      hooks_(std::move(hooks)),
      queries_(queries),
      listeners_(std::move(listeners)),
      sequence_(options_.after_sequence),
      loop_([this] { return Step(); }) {}

ChainFollower::~ChainFollower() {
  loop_.Stop();
}

absl::Duration ChainFollower::Step() {
  const absl::MutexLock lock(&mutex_);
  if (std::exchange(offered_, false)) {
    if (hooks_.on_heard) hooks_.on_heard();
    return options_.idle_pause;
  }
  const auto events = queries_.ReadEvents(sequence_, options_.max_batch, absl::Now() + options_.read_timeout);
  if (!events.ok()) {
    if (hooks_.on_error) hooks_.on_error(events.status());
    return options_.retry_pause;
  }
  if (hooks_.on_heard) hooks_.on_heard();
  if (events->empty()) return options_.idle_pause;
  HandOn(*events);
  return events->size() >= options_.max_batch ? absl::ZeroDuration() : options_.busy_pause;
}

void ChainFollower::HandOn(const std::vector<domain::Event>& events) {
  for (EventListener* listener : listeners_) listener->OnEvents(events);
  sequence_ = events.back().sequence;
}

void ChainFollower::Offer(const std::vector<domain::Event>& events) {
  const absl::MutexLock lock(&mutex_);
  if (!events.empty() && events.front().sequence == sequence_ + 1) {
    HandOn(events);
    offered_ = true;
  }
}

}  // namespace derms::store
