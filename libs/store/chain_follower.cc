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
  const auto events = queries_.ReadEvents(sequence_, options_.max_batch, absl::Now() + options_.read_timeout);
  if (!events.ok()) {
    if (hooks_.on_error) hooks_.on_error(events.status());
    return options_.retry_pause;
  }
  if (hooks_.on_heard) hooks_.on_heard();
  if (events->empty()) return options_.idle_pause;
  for (EventListener* listener : listeners_) listener->OnEvents(*events);
  sequence_ = events->back().sequence;
  return events->size() >= options_.max_batch ? absl::ZeroDuration() : options_.busy_pause;
}

}  // namespace derms::store
