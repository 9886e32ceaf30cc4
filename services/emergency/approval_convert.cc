#include "services/emergency/approval_convert.h"

#include "libs/base/error.h"
#include "libs/wire/convert_records.h"
#include "libs/wire/convert_time.h"
#include "libs/wire/stored_json.h"

namespace derms::emergency {
namespace {

// As asked for: what it comes to is planned with the order.
void FillTerms(const v1::AllocateEmergencyRequest& request, v1::Restoration& out) {
  const domain::RestorationTerms terms = domain::Changed({}, wire::FromProto(request.restoration()));
  *out.mutable_delay() = wire::ToProto(terms.delay);
  *out.mutable_window() = wire::ToProto(terms.window);
  *out.mutable_ramp() = wire::ToProto(terms.ramp);
  out.set_pickup_share_per_min(terms.pickup_share_per_min);
}

}  // namespace

absl::StatusOr<v1::AllocateEmergencyRequest> RequestOf(const domain::EmergencyApproval& approval) {
  v1::AllocateEmergencyRequest request;
  if (!wire::FromStoredJson(approval.request_json, request)) {
    return base::Internal("APPROVAL_UNREADABLE", "the stored order cannot be read; decline it and ask anew");
  }
  return request;
}

v1::EmergencyOrder ToProto(const domain::EmergencyApproval& approval, absl::Time now) {
  v1::EmergencyOrder out;
  out.set_emergency_id(approval.emergency_id);
  out.set_der_id(approval.der_id);
  out.set_region_id(approval.region_id);
  out.set_kind(wire::ToProto(approval.kind));
  out.set_state(static_cast<v1::EmergencyState>(approval.StateAt(now)));
  out.set_der_count(approval.der_count);
  out.set_unbound_count(approval.unbound_count);
  out.set_shortfall_kw(approval.shortfall_kw);
  out.set_issued_by(approval.requested_by);
  *out.mutable_approval_expires_at() = wire::ToProto(approval.expires_at);
  if (const auto decision = approval.DecisionAt(now)) {
    FillDecision(*decision, out);
    *out.mutable_ended_at() = wire::ToProto(decision->at);
  }
  if (const auto request = RequestOf(approval); request.ok()) {
    out.set_power_kw(request->power_kw());
    out.set_reason(request->reason());
    out.set_exercise(request->exercise());
    *out.mutable_duration() = request->duration();
    out.set_override_limits(request->override_limits());
    if (request->has_restoration()) FillTerms(*request, *out.mutable_restoration());
  }
  return out;
}

void FillDecision(const domain::Decision& decision, v1::EmergencyOrder& out) {
  out.set_approved_by(decision.by);
  *out.mutable_decided_at() = wire::ToProto(decision.at);
  out.set_decision_reason(decision.reason);
}

}  // namespace derms::emergency
