// Orders that wait for a second person's word, between protobuf and domain.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "derms/v1/emergency.pb.h"
#include "libs/domain/approval.h"

namespace derms::emergency {

// What was asked for. INTERNAL APPROVAL_UNREADABLE.
absl::StatusOr<v1::AllocateEmergencyRequest> RequestOf(const domain::EmergencyApproval& approval);

// As an order that has not begun: no times but approval_expires_at and those of the decision. The state is the one at
// `now`.
v1::EmergencyOrder ToProto(const domain::EmergencyApproval& approval, absl::Time now);

// What an order tells of how it was decided on.
void FillDecision(const domain::Decision& decision, v1::EmergencyOrder& out);

}  // namespace derms::emergency
