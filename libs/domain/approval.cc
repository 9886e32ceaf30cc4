#include "libs/domain/approval.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"

namespace derms::domain {
namespace {

std::string_view WordOf(EmergencyState state) {
  if (state == EmergencyState::kDeclined) return "declined";
  return state == EmergencyState::kLapsed ? "not approved in time" : "approved";
}

}  // namespace

EmergencyState EmergencyApproval::StateAt(absl::Time now) const {
  return state == EmergencyState::kPendingApproval && now >= expires_at ? EmergencyState::kLapsed : state;
}

std::optional<Decision> EmergencyApproval::DecisionAt(absl::Time now) const {
  if (decided_at) return Decision{decided_by, *decided_at, decision_reason};
  if (StateAt(now) == EmergencyState::kLapsed) return Lapsed(*this).DecisionAt(now);
  return std::nullopt;
}

absl::Status CheckVerdict(const EmergencyApproval& approval, ApprovalVerdict verdict, std::string_view subject,
                          absl::Time now) {
  const EmergencyState state = approval.StateAt(now);
  if (state != EmergencyState::kPendingApproval) {
    return base::FailedPrecondition("APPROVAL_CLOSED", absl::StrCat("the order was ", std::string(WordOf(state)),
                                                                    "; GetEmergency tells when and by whom"));
  }
  if (verdict == ApprovalVerdict::kApprove && approval.requested_by == subject) {
    return base::PermissionDenied("SAME_PERSON", "a second person must approve what you asked for; you may decline it");
  }
  return absl::OkStatus();
}

EmergencyApproval Decided(EmergencyApproval approval, ApprovalVerdict verdict, std::string subject, std::string reason,
                          absl::Time now) {
  approval.state = verdict == ApprovalVerdict::kApprove ? EmergencyState::kActive : EmergencyState::kDeclined;
  approval.decided_by = std::move(subject);
  approval.decided_at = now;
  approval.decision_reason = std::move(reason);
  return approval;
}

EmergencyApproval Lapsed(EmergencyApproval approval) {
  approval.state = EmergencyState::kLapsed;
  approval.decided_by = "system";
  approval.decided_at = approval.expires_at;
  return approval;
}

}  // namespace derms::domain
