// The two-person rule of EmergencyHandlers: orders that wait, and what becomes of them.
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/server/scope_event.h"
#include "libs/wire/convert_records.h"
#include "libs/wire/stored_json.h"
#include "services/emergency/approval_convert.h"
#include "services/emergency/emergency_handlers.h"
#include "services/emergency/order_plan.h"
#include "services/emergency/order_words.h"
#include "services/emergency/region_scope.h"

namespace derms::emergency {
namespace {

using domain::ApprovalVerdict;
using domain::EmergencyApproval;
using domain::EventType;

server::ScopedThing ThingOf(const EmergencyApproval& approval) {
  return {approval.emergency_id, approval.der_id, approval.region_id};
}

// What was asked for, without what only that call was for.
std::string KeptRequest(v1::AllocateEmergencyRequest request) {
  request.clear_request_id();
  request.clear_validate_only();
  return wire::ToStoredJson(request);
}

}  // namespace

EmergencyHandlers::OrderPlan EmergencyHandlers::RequestApproval(const server::Call& call,
                                                                const domain::RegionAccess& access,
                                                                const v1::AllocateEmergencyRequest& given,
                                                                const domain::EmergencyOrder& rehearsed) const {
  EmergencyApproval approval{.emergency_id = given.validate_only() ? "" : ids_.NewId(),
                             .der_id = rehearsed.der_id,
                             .region_id = rehearsed.region_id,
                             .kind = rehearsed.kind,
                             .request_json = KeptRequest(given),
                             .der_count = rehearsed.der_count,
                             .unbound_count = rehearsed.unbound_count,
                             .shortfall_kw = rehearsed.shortfall_kw,
                             .requested_by = call.caller().subject,
                             .requested_at = call.now(),
                             .expires_at = call.now() + domain::kApprovalTime};
  OrderPlan plan;
  plan.response = ToProto(approval, call.now());
  if (given.validate_only()) return plan;
  domain::Event event = server::DraftScopedEvent(ThingOf(approval), EventType::kEmergencyRequested, fleet_, ids_,
                                                 RequestSummary(rehearsed, approval));
  event.occurred_at = call.now();
  plan.mutation.events.push_back(std::move(event));
  plan.mutation.writes.push_back(store::ApprovalRequest(access, std::move(approval)));
  return plan;
}

absl::StatusOr<EmergencyApproval> EmergencyHandlers::LoadApproval(const server::Call& call,
                                                                  const std::string& emergency_id) const {
  ASSIGN_OR_RETURN(std::optional<EmergencyApproval> approval, approvals_.GetApproval(emergency_id, call.deadline()));
  if (approval) return *std::move(approval);
  return base::NotFound("EMERGENCY_NOT_FOUND",
                        absl::StrCat("no emergency order ", emergency_id, " waits for approval; see ListEmergencies"));
}

absl::StatusOr<server::Plan<v1::ApproveEmergencyResponse>> EmergencyHandlers::ApproveEmergency(
    server::Call& call, const v1::ApproveEmergencyRequest& request) const {
  ASSIGN_OR_RETURN(EmergencyApproval approval, LoadApproval(call, request.emergency_id()));
  ASSIGN_OR_RETURN(const domain::RegionAccess access, RequireScope(call, fleet_, approval.der_id, approval.region_id));
  const ApprovalVerdict verdict = request.decline() ? ApprovalVerdict::kDecline : ApprovalVerdict::kApprove;
  const std::string& subject = call.caller().subject;
  RETURN_IF_ERROR(domain::CheckVerdict(approval, verdict, subject, call.now()));
  if (request.decline() && request.reason().empty()) {
    constexpr char kRule[] = "say why the order is declined";
    return base::InvalidArgument("REASON_MISSING", kRule).Field("reason", kRule);
  }
  approval = domain::Decided(std::move(approval), verdict, subject, request.reason(), call.now());
  OrderPlan plan;
  if (request.decline()) {
    plan = PlanDeclined(call, access, std::move(approval));
  } else {
    ASSIGN_OR_RETURN(plan, PlanApproved(call, access, std::move(approval), request));
  }
  return Answering<v1::ApproveEmergencyResponse>(std::move(plan));
}

EmergencyHandlers::OrderPlan EmergencyHandlers::PlanDeclined(const server::Call& call,
                                                             const domain::RegionAccess& access,
                                                             EmergencyApproval declined) const {
  OrderPlan plan;
  plan.response = ToProto(declined, call.now());
  domain::Event event = server::DraftScopedEvent(ThingOf(declined), EventType::kEmergencyDeclined, fleet_, ids_,
                                                 DeclineSummary(declined));
  event.occurred_at = call.now();
  plan.mutation.events.push_back(std::move(event));
  plan.mutation.writes.push_back(store::ApprovalDecision(access, std::move(declined)));
  return plan;
}

// Planned anew, of the fleet as it is now; the decision and the order are stored together or not at all.
absl::StatusOr<EmergencyHandlers::OrderPlan> EmergencyHandlers::PlanApproved(
    server::Call& call, const domain::RegionAccess& access, EmergencyApproval approved,
    const v1::ApproveEmergencyRequest& request) const {
  ASSIGN_OR_RETURN(const v1::AllocateEmergencyRequest asked, RequestOf(approved));
  domain::EmergencyRequest wanted = wire::FromProto(asked);
  if (request.has_expected_count()) wanted.expected_count = request.expected_count();
  ASSIGN_OR_RETURN(OrderPlan plan, PlanNow(call, access, wanted, &approved));
  if (const auto decision = approved.DecisionAt(call.now())) FillDecision(*decision, plan.response);
  plan.mutation.writes.push_back(store::ApprovalDecision(access, std::move(approved)));
  return plan;
}

}  // namespace derms::emergency
