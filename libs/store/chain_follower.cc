#include "libs/store/chain_follower.h"

#include <utility>

#include "absl/time/clock.h"

namespace derms::store {
namespace {

constexpr absl::Duration kQueryTimeout = absl::Seconds(5);
constexpr absl::Duration kRetryPause = absl::Milliseconds(200);

}  // namespace

ChainFollower::ChainFollower(Queries& queries, std::int64_t after_sequence, std::vector<EventListener*> listeners,
                             Options options)
    : queries_(queries),
      listeners_(std::move(listeners)),
      options_(options),
      through_(after_sequence),
      read_at_us_(absl::ToUnixMicros(absl::Now())) {
  loop_ = std::make_unique<BackgroundLoop>([this] { return Step(); });
}

absl::Duration ChainFollower::Age() const {
  return absl::Now() - absl::FromUnixMicros(read_at_us_.load());
}

absl::Duration ChainFollower::Step() {
  const absl::Time asked_at = absl::Now();
  const auto events = queries_.ReadEvents(through_.load(), options_.events_per_query, asked_at + kQueryTimeout);
  if (!events.ok()) return kRetryPause;
  if (!events->empty()) {
    for (EventListener* listener : listeners_) listener->OnEvents(*events);
    through_.store(events->back().sequence);
  }
  read_at_us_.store(absl::ToUnixMicros(asked_at));
  if (events->size() == options_.events_per_query) return absl::ZeroDuration();
  return events->empty() ? options_.idle_pause : options_.busy_pause;
}

}  // namespace derms::store
