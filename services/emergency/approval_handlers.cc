// The two-person rule of EmergencyHandlers: orders that wait, and what becomes of them.
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/server/scope_event.h"
#include "libs/wire/convert_records.h"
#include "services/emergency/approval_convert.h"
#include "services/emergency/emergency_handlers.h"
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
  return RequestToJson(request);
}

}  // namespace

server::Plan<v1::AllocateEmergencyResponse> EmergencyHandlers::RequestApproval(
    const server::Call& call, const domain::RegionAccess& access, const v1::AllocateEmergencyRequest& given,
    const domain::EmergencyOrder& planned) const {
  EmergencyApproval approval{.emergency_id = given.validate_only() ? "" : ids_.NewId(),
                             .der_id = planned.der_id,
                             .region_id = planned.region_id,
                             .kind = planned.kind,
                             .request_json = KeptRequest(given),
                             .der_count = planned.der_count,
                             .unbound_count = planned.unbound_count,
                             .shortfall_kw = planned.shortfall_kw,
                             .requested_by = call.caller().subject,
                             .requested_at = call.now(),
                             .expires_at = call.now() + domain::kApprovalTime};
  server::Plan<v1::AllocateEmergencyResponse> plan;
  *plan.response.mutable_order() = ToProto(approval, call.now());
  if (given.validate_only()) return plan;
  domain::Event event = server::DraftScopedEvent(ThingOf(approval), EventType::kEmergencyRequested, fleet_, ids_,
                                                 RequestSummary(planned, approval));
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
    return base::InvalidArgument("REASON_MISSING", "say why the order is declined");
  }
  approval = domain::Decided(std::move(approval), verdict, subject, request.reason(), call.now());
  if (request.decline()) return PlanDecline(call, access, std::move(approval));
  std::optional<int> expected_count;
  if (request.has_expected_count()) expected_count = request.expected_count();
  return PlanApproved(call, access, std::move(approval), expected_count);
}

server::Plan<v1::ApproveEmergencyResponse> EmergencyHandlers::PlanDecline(const server::Call& call,
                                                                          const domain::RegionAccess& access,
                                                                          EmergencyApproval declined) const {
  server::Plan<v1::ApproveEmergencyResponse> plan;
  *plan.response.mutable_order() = ToProto(declined, call.now());
  domain::Event event = server::DraftScopedEvent(ThingOf(declined), EventType::kEmergencyDeclined, fleet_, ids_,
                                                 DeclineSummary(declined));
  event.occurred_at = call.now();
  plan.mutation.events.push_back(std::move(event));
  plan.mutation.writes.push_back(store::ApprovalDecision(access, std::move(declined)));
  return plan;
}

// Planned anew, of the fleet as it is now; the decision and the order are stored together or not at all.
absl::StatusOr<server::Plan<v1::ApproveEmergencyResponse>> EmergencyHandlers::PlanApproved(
    server::Call& call, const domain::RegionAccess& access, EmergencyApproval approved,
    std::optional<int> expected_count) const {
  ASSIGN_OR_RETURN(const v1::AllocateEmergencyRequest given, RequestOf(approved));
  domain::EmergencyRequest request = wire::FromProto(given);
  if (expected_count) request.expected_count = expected_count;
  absl::StatusOr<HeadroomBook::Planned> planned = book_.Plan(request, approved.emergency_id);
  if (!planned.ok()) {
    call.DoubtMemory();  // DERs that came a moment ago may make the count right
    return planned.status();
  }
  server::Plan<v1::AllocateEmergencyResponse> given_plan = PlanOf(call, access, *std::move(planned), &approved);
  server::Plan<v1::ApproveEmergencyResponse> plan{
      .response = {}, .mutation = std::move(given_plan.mutation), .settled = std::move(given_plan.settled)};
  *plan.response.mutable_order() = std::move(*given_plan.response.mutable_order());
  plan.mutation.writes.push_back(store::ApprovalDecision(access, std::move(approved)));
  return plan;
}

}  // namespace derms::emergency
