// Emergency orders that need a second person's word (the four-eyes rule): who may give it, and until when.
//
// Until then the order binds nobody and holds nothing; it is planned when it is approved, of the fleet as it is then.
// Plain values and pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "libs/domain/records.h"

namespace derms::domain {

inline constexpr absl::Duration kApprovalTime = absl::Minutes(15);  // then it lapses
inline constexpr int kMaxPendingApprovals = 100;

// Who decided, when and why.
struct Decision {
  std::string by;  // "system" when nobody did in time
  absl::Time at;
  std::string reason;  // may be empty, but of a declined order

  bool operator==(const Decision&) const = default;
};

struct EmergencyApproval {
  std::string emergency_id;  // UUID; of the order, too, once it is approved
  std::string der_id;        // as of EmergencyOrder
  std::string region_id;
  EmergencyKind kind = EmergencyKind::kCurtailAll;
  std::string request_json;  // derms.v1.AllocateEmergencyRequest, which only services/emergency reads and writes
  // As planned when it was asked for.
  int der_count = 0, unbound_count = 0;
  double shortfall_kw = 0;
  std::string requested_by;
  absl::Time requested_at, expires_at;
  // As stored; use StateAt for the truth. kPendingApproval, kDeclined, kLapsed; kActive: approved, there is an order.
  EmergencyState state = EmergencyState::kPendingApproval;
  std::string decided_by;  // "system" when it lapsed; empty while it is pending
  std::optional<absl::Time> decided_at;
  std::string decision_reason;

  // LAPSED from expires_at on, even when nobody has written it down yet.
  EmergencyState StateAt(absl::Time now) const;
  // None while it is pending.
  std::optional<Decision> DecisionAt(absl::Time now) const;
};

enum class ApprovalVerdict { kApprove, kDecline };

// Whether `subject` may decide so now. FAILED_PRECONDITION APPROVAL_CLOSED when it is decided or over;
// PERMISSION_DENIED SAME_PERSON when who asked for it approves: a request may be withdrawn, but not approved, by its
// author.
absl::Status CheckVerdict(const EmergencyApproval& approval, ApprovalVerdict verdict, std::string_view subject,
                          absl::Time now);

// As it is once `subject` has decided.
EmergencyApproval Decided(EmergencyApproval approval, ApprovalVerdict verdict, std::string subject, std::string reason,
                          absl::Time now);
// As it is once its time has run out.
EmergencyApproval Lapsed(EmergencyApproval approval);

}  // namespace derms::domain
