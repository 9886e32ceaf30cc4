#include "services/emergency/emergency_watch.h"

#include <google/protobuf/util/message_differencer.h>

#include <utility>

#include "libs/base/error.h"
#include "libs/wire/convert_records.h"

namespace derms::emergency {
namespace {

using Message = std::optional<v1::WatchEmergencyResponse>;

bool IsOver(const v1::EmergencyOrder& order) {
  const bool goes_on =
      order.state() == v1::EMERGENCY_STATE_ACTIVE || order.state() == v1::EMERGENCY_STATE_PENDING_APPROVAL;
  return !goes_on &&
         order.restoration().restored_count() == order.restoration().der_count();  // none: nobody to wait for
}

// Whether there is news, and not only a newer count of the same.
bool SaysTheSame(v1::WatchEmergencyResponse a, v1::WatchEmergencyResponse b) {
  a.mutable_order()->mutable_progress()->clear_as_of();
  b.mutable_order()->mutable_progress()->clear_as_of();
  return google::protobuf::util::MessageDifferencer::Equals(a, b);
}

}  // namespace

EmergencyWatch::EmergencyWatch(std::string emergency_id, Parts parts, std::function<void()> wake)
    : emergency_id_(std::move(emergency_id)), parts_(parts), follower_(parts.board.Follow(std::move(wake))) {}

absl::StatusOr<Message> EmergencyWatch::Next(absl::Time deadline) {
  if (told_ && IsOver(told_->order())) return server::EndOfStream();
  ASSIGN_OR_RETURN(FoundOrder found, parts_.reads.Find(emergency_id_, parts_.clock.Now(), deadline));
  v1::WatchEmergencyResponse message;
  *message.mutable_order() = std::move(found.told);
  if (found.order) {
    RETURN_IF_ERROR(parts_.returns.Fill(*found.order, deadline, *message.mutable_order()));
  }
  RETURN_IF_ERROR(FillProgress(parts_.board, *message.mutable_order(), deadline));
  if (told_ && SaysTheSame(*told_, message)) return Message();
  told_ = std::move(message);
  return told_;
}

Message EmergencyWatch::Heartbeat() {
  return told_;
}

absl::Status FillProgress(ProgressBoard& board, v1::EmergencyOrder& order, absl::Time deadline) {
  if (order.exercise() || !wire::TookForce(order)) return absl::OkStatus();
  ASSIGN_OR_RETURN(*order.mutable_progress(), board.Of(order, deadline));
  return absl::OkStatus();
}

}  // namespace derms::emergency
