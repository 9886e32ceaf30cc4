#include "services/registry/event_watch.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"

namespace derms::registry {

EventWatch::EventWatch(EventHub& hub, store::Queries& queries, EventPredicate wanted, std::int64_t after_sequence,
                       Limits limits, std::function<void()> wake)
    : hub_(hub),
      queries_(queries),
      wanted_(wanted),
      limits_(limits),
      queue_(std::make_shared<EventQueue>(std::move(wanted), limits.queue, std::move(wake))),
      read_through_(after_sequence),
      through_(after_sequence) {}

absl::StatusOr<std::optional<EventWatch::Message>> EventWatch::Next(absl::Time deadline) {
  if (phase_ == Phase::kStart) RETURN_IF_ERROR(FindStart(deadline));
  while (unsent_.empty() && phase_ != Phase::kLive) RETURN_IF_ERROR(ReadPage(deadline));
  if (unsent_.empty()) RETURN_IF_ERROR(TakeLive());
  return NextMessage();
}

absl::Status EventWatch::FindStart(absl::Time deadline) {
  ASSIGN_OR_RETURN(const store::ChainHead head, queries_.ReadChainHead(deadline));
  if (read_through_ > head.sequence) {
    return base::FailedPrecondition(
        "SEQUENCE_AHEAD", absl::StrCat("the newest event is ", head.sequence, "; after_sequence ", read_through_,
                                       " is of another log, start again from 0 or -1"));
  }
  if (read_through_ < 0) read_through_ = through_ = head.sequence;
  phase_ = Phase::kCatchUp;
  return absl::OkStatus();
}

// A page that is not full ends the reading, but only if the queue was already listening when it was read. A queue that
// overflows meanwhile is no reproach to the client: it is emptied and the reading goes on.
absl::Status EventWatch::ReadPage(absl::Time deadline) {
  if (phase_ == Phase::kLastPages) queue_->Clear();
  ASSIGN_OR_RETURN(const auto page, queries_.ReadEvents(read_through_, limits_.page, deadline));
  for (const domain::Event& event : page) {
    read_through_ = event.sequence;
    if (wanted_(event)) unsent_.push_back(std::make_shared<const domain::Event>(event));
  }
  if (unsent_.empty()) through_ = read_through_;
  if (page.size() >= limits_.page) return absl::OkStatus();
  if (phase_ == Phase::kCatchUp) {
    hub_.Add(queue_);
    phase_ = Phase::kLastPages;
  } else {
    phase_ = Phase::kLive;
  }
  return absl::OkStatus();
}

absl::Status EventWatch::TakeLive() {
  EventQueue::Taken taken = queue_->Take(limits_.message);
  for (EventPtr& event : taken.events) {
    if (event->sequence > read_through_) unsent_.push_back(std::move(event));
  }
  read_through_ = std::max(read_through_, taken.through_sequence);
  if (unsent_.empty()) through_ = read_through_;
  if (!taken.overflowed || !unsent_.empty()) return absl::OkStatus();
  return base::ResourceExhausted(
      "TOO_SLOW", absl::StrCat("more than ", limits_.queue, " events waited; resume after_sequence ", through_));
}

std::optional<EventWatch::Message> EventWatch::NextMessage() {
  if (unsent_.empty()) return std::nullopt;
  Message message;
  while (!unsent_.empty() && message.events.size() < limits_.message) {
    message.events.push_back(std::move(unsent_.front()));
    unsent_.pop_front();
  }
  through_ = unsent_.empty() ? read_through_ : message.events.back()->sequence;
  message.through_sequence = through_;
  return message;
}

}  // namespace derms::registry
