#include "services/registry/history_keeper.h"

#include <string>

#include "absl/time/clock.h"
#include "libs/base/error.h"

namespace derms::registry {
namespace {

constexpr absl::Duration kTimeout = absl::Seconds(20);
constexpr absl::Duration kStatusesEvery = absl::Seconds(1);  // so that a storm of changes is followed, and not slowed
constexpr absl::Duration kSoon = absl::Milliseconds(5);

}  // namespace

void HistoryKeeper::Start() {
  loop_ = std::make_unique<store::BackgroundLoop>([this, last = std::string()]() mutable {
    const auto more = Look();
    const std::string error(more.status().message());
    if (!more.ok() && error != last) logger_.Warning("readings were not folded", {{"error", error}});
    last = error;
    return more.ok() && *more ? kSoon : options_.look_every;
  });
}

absl::StatusOr<bool> HistoryKeeper::Look() {
  const std::optional<store::Fence> fence = fence_();
  if (!fence) return false;
  const absl::Time now = clock_.Now();
  ASSIGN_OR_RETURN(const store::Folded folded,
                   history_.FoldJournal(*fence, options_.most_readings, &judge_, absl::Now() + kTimeout));
  folded_readings_ += folded.readings;
  late_readings_ += folded.too_late;
  if (now - statuses_at_ >= kStatusesEvery) {
    statuses_at_ = now;
    RETURN_IF_ERROR(history_.FoldStatuses(*fence, options_.most_events, absl::Now() + kTimeout).status());
  }
  if (now - forgotten_at_ >= options_.forget_every) {
    ASSIGN_OR_RETURN(const std::size_t forgotten,
                     history_.Forget(*fence, now - options_.keep_readings, now - options_.keep_hours,
                                     options_.most_forgotten, absl::Now() + kTimeout));
    if (forgotten < options_.most_forgotten) forgotten_at_ = now;  // otherwise there is more
  }
  return folded.readings >= options_.most_readings;
}

}  // namespace derms::registry
