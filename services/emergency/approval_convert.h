// Orders that wait for a second person's word, between protobuf and domain.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "derms/v1/emergency.pb.h"
#include "libs/domain/approval.h"

namespace derms::emergency {

// What was asked for. INTERNAL APPROVAL_UNREADABLE.
absl::StatusOr<v1::AllocateEmergencyRequest> RequestOf(const domain::EmergencyApproval& approval);

// As an order that has not begun: no times but approval_expires_at. The state is the one at `now`.
v1::EmergencyOrder ToProto(const domain::EmergencyApproval& approval, absl::Time now);

}  // namespace derms::emergency
