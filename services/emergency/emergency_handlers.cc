#include "services/emergency/emergency_handlers.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "libs/base/error.h"
#include "libs/server/scope_event.h"
#include "libs/wire/convert_records.h"
#include "services/emergency/approval_convert.h"
#include "services/emergency/order_plan.h"
#include "services/emergency/order_words.h"
#include "services/emergency/region_scope.h"
#include "services/emergency/restore.h"
#include "services/emergency/return_board.h"

namespace derms::emergency {
namespace {

using domain::EmergencyApproval;
using domain::EmergencyKind;
using domain::EmergencyOrder;
using domain::EmergencyRequest;
using domain::EmergencyState;
using server::DraftScopedEvent;
using server::ThingOf;

// DERs that came a moment ago may make the count right.
template <typename T>
absl::StatusOr<T> OrDoubt(server::Call& call, absl::StatusOr<T> planned) {
  if (!planned.ok()) call.DoubtMemory();
  return planned;
}

EmergencyOrder Issued(EmergencyOrder order, const std::string& issued_by) {
  order.issued_by = issued_by;
  order.revision = 1;
  return order;
}

}  // namespace

absl::StatusOr<server::Plan<v1::AllocateEmergencyResponse>> EmergencyHandlers::AllocateEmergency(
    server::Call& call, const v1::AllocateEmergencyRequest& given) const {
  const EmergencyRequest request = wire::FromProto(given);
  ASSIGN_OR_RETURN(const EmergencyKind kind, domain::CheckEmergencyRequest(request));
  ASSIGN_OR_RETURN(const domain::RegionAccess access, RequireScope(call, fleet_, request.der_id, request.region_id));
  const bool waits = rule_.Needs(kind, request.exercise, given.require_approval());
  OrderPlan plan;
  if (waits || given.validate_only()) {
    ASSIGN_OR_RETURN(const EmergencyOrder rehearsed, Rehearse(call, request));
    if (waits) {
      plan = RequestApproval(call, access, given, rehearsed);
    } else {
      plan.response = wire::ToProto(rehearsed, call.now());
    }
  } else {
    ASSIGN_OR_RETURN(plan, PlanNow(call, access, request));
  }
  return Answering<v1::AllocateEmergencyResponse>(std::move(plan));
}

absl::StatusOr<EmergencyOrder> EmergencyHandlers::Rehearse(server::Call& call, const EmergencyRequest& request) const {
  ASSIGN_OR_RETURN(EmergencyOrder order, OrDoubt(call, book_.Rehearse(request)));
  order = Issued(std::move(order), call.caller().subject);
  if (order.kind != EmergencyKind::kRestore) return order;
  ASSIGN_OR_RETURN(const std::vector<EmergencyOrder> ended,
                   OrDoubt(call, EndedBy(order, request.restoration, call.caller().subject, fleet_)));
  return Recording(std::move(order), request.restoration, ended);
}

absl::StatusOr<EmergencyHandlers::OrderPlan> EmergencyHandlers::PlanNow(server::Call& call,
                                                                        const domain::RegionAccess& access,
                                                                        const EmergencyRequest& request,
                                                                        const EmergencyApproval* approval) const {
  if (request.kind == EmergencyKind::kRestore) return PlanRestore(call, access, request, approval);
  const std::string emergency_id = approval == nullptr ? "" : approval->emergency_id;
  ASSIGN_OR_RETURN(HeadroomBook::Planned planned, OrDoubt(call, book_.Plan(request, emergency_id)));
  planned.order =
      Issued(std::move(planned.order), approval == nullptr ? call.caller().subject : approval->requested_by);
  return Storing(access, std::move(planned), approval);
}

EmergencyHandlers::OrderPlan EmergencyHandlers::Storing(const domain::RegionAccess& access,
                                                        HeadroomBook::Planned planned,
                                                        const EmergencyApproval* approval) const {
  EmergencyOrder& order = planned.order;
  OrderPlan plan;
  plan.response = wire::ToProto(order, order.starts_at);
  plan.mutation.events.push_back(AllocationEvent(order, approval));
  // Who takes all takes what it finds, and a drill takes nothing: neither waits for other orders.
  std::optional<store::OrdersSeen> seen;
  if (domain::IsShared(order.kind) && !order.exercise) seen = std::move(planned.seen);
  plan.mutation.writes.push_back(
      store::EmergencyInsert(access, std::move(order), std::move(planned.planner), std::move(seen)));
  if (planned.reservation != nullptr) {
    plan.settled = [held = std::move(planned.reservation)](const auto& outcome) { held->Settle(outcome); };
  }
  return plan;
}

absl::StatusOr<EmergencyHandlers::OrderPlan> EmergencyHandlers::PlanRestore(server::Call& call,
                                                                            const domain::RegionAccess& access,
                                                                            const EmergencyRequest& request,
                                                                            const EmergencyApproval* approval) const {
  ASSIGN_OR_RETURN(EmergencyOrder order, OrDoubt(call, book_.Rehearse(request)));
  ASSIGN_OR_RETURN(std::vector<EmergencyOrder> ended,
                   OrDoubt(call, EndedBy(order, request.restoration, call.caller().subject, fleet_)));
  order = Issued(Recording(std::move(order), request.restoration, ended),
                 approval == nullptr ? call.caller().subject : approval->requested_by);
  order.emergency_id = approval == nullptr ? ids_.NewId() : approval->emergency_id;
  OrderPlan plan;
  plan.response = wire::ToProto(order, order.starts_at);
  plan.mutation.events.push_back(AllocationEvent(order, approval));
  if (!order.exercise) {
    for (EmergencyOrder& each : ended) {
      plan.mutation.events.push_back(ReleaseEvent(each));
      plan.mutation.writes.push_back(store::EmergencyEnd(access, std::move(each)));
    }
  }
  plan.mutation.writes.push_back(store::EmergencyInsert(access, std::move(order)));
  return plan;
}

domain::Event EmergencyHandlers::AllocationEvent(const EmergencyOrder& order, const EmergencyApproval* approval) const {
  domain::Event event = DraftScopedEvent(ThingOf(order), domain::EventType::kEmergencyAllocation, fleet_, ids_,
                                         AllocationSummary(order, approval));
  event.occurred_at = order.starts_at;
  return event;
}

domain::Event EmergencyHandlers::ReleaseEvent(const EmergencyOrder& order) const {
  domain::Event event =
      DraftScopedEvent(ThingOf(order), domain::EventType::kEmergencyEnded, fleet_, ids_, ReleaseSummary(order));
  event.occurred_at = *order.ended_at;
  return event;
}

// How far the DERs that come back are, of the time of the answer.
absl::Status EmergencyHandlers::FillRestoration(const server::Call& call, const EmergencyOrder& order,
                                                v1::EmergencyOrder& told) const {
  if (!order.restoration) return absl::OkStatus();
  ASSIGN_OR_RETURN(const FleetColumns::Orders from, GivingBack(order, queries_, call.deadline()));
  FillCounts(book_.CountReturn(from), told);
  return absl::OkStatus();
}

absl::StatusOr<server::Plan<v1::ReleaseEmergencyResponse>> EmergencyHandlers::ReleaseEmergency(
    server::Call& call, const v1::ReleaseEmergencyRequest& request) const {
  ASSIGN_OR_RETURN(FoundOrder found, reads_.Find(request.emergency_id(), call.now(), call.deadline()));
  ASSIGN_OR_RETURN(const domain::RegionAccess access,
                   RequireScope(call, fleet_, found.told.der_id(), found.told.region_id()));
  if (!found.order) {
    return base::FailedPrecondition(
        "EMERGENCY_NOT_IN_FORCE",
        "the order is not in force: while it waits for approval, ApproveEmergency declines it");
  }
  if (found.order->StateAt(call.now()) != EmergencyState::kActive) {
    return base::FailedPrecondition("EMERGENCY_ENDED", "the order has ended already; GetEmergency tells when and how");
  }
  if (found.order->kind == EmergencyKind::kRestore) {
    return base::FailedPrecondition("EMERGENCY_ENDED", "a RESTORE holds nobody: there is nothing to release");
  }
  EmergencyOrder order =
      Released(*std::move(found.order), wire::FromProto(request.restoration()), call.caller().subject, call.now());
  OrderPlan plan;
  plan.response = wire::ToProto(order, call.now());
  if (found.decision) FillDecision(*found.decision, plan.response);
  RETURN_IF_ERROR(FillRestoration(call, order, plan.response));
  plan.mutation.events.push_back(ReleaseEvent(order));
  plan.mutation.writes.push_back(store::EmergencyEnd(access, std::move(order)));
  return Answering<v1::ReleaseEmergencyResponse>(std::move(plan));
}

absl::StatusOr<v1::GetEmergencyResponse> EmergencyHandlers::GetEmergency(server::Call& call,
                                                                         const v1::GetEmergencyRequest& request) const {
  ASSIGN_OR_RETURN(FoundOrder found, reads_.Find(request.emergency_id(), call.now(), call.deadline()));
  v1::GetEmergencyResponse response;
  *response.mutable_order() = std::move(found.told);
  if (found.order) RETURN_IF_ERROR(FillRestoration(call, *found.order, *response.mutable_order()));
  return response;
}

absl::StatusOr<v1::ListEmergenciesResponse> EmergencyHandlers::ListEmergencies(
    server::Call& call, const v1::ListEmergenciesRequest& request) const {
  return reads_.List(request, call.now(), call.deadline());
}

}  // namespace derms::emergency
