#include "services/emergency/emergency_handlers.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "libs/base/error.h"
#include "libs/server/scope_event.h"
#include "libs/wire/convert_records.h"
#include "libs/wire/page_token.h"
#include "services/emergency/region_scope.h"
#include "services/emergency/restore.h"
#include "services/emergency/return_board.h"

namespace derms::emergency {
namespace {

using domain::EmergencyKind;
using domain::EmergencyOrder;
using domain::EmergencyState;
using server::ScopeText;
using server::ThingOf;

std::string AllocationSummary(const EmergencyOrder& order) {
  const std::string power = domain::IsShared(order.kind) ? absl::StrFormat(" of %.10g kW", order.power_kw) : "";
  const std::size_t ended_count = order.restoration ? order.restoration->ended.size() : 0;
  const std::string what = order.kind == EmergencyKind::kRestore
                               ? absl::StrCat(ended_count, ended_count == 1 ? " order ended" : " orders ended")
                               : absl::StrCat(order.der_count, " DERs bound");
  return absl::StrCat(order.exercise ? "Exercise: " : "", "emergency order ",
                      std::string(EmergencyKindName(order.kind)), power, " for ",
                      ScopeText(order.der_id, order.region_id), ", ", what,
                      order.override_limits ? ", limits overridden" : "", ": ", order.reason);
}

// DERs that came a moment ago may make the count right.
template <typename T>
absl::StatusOr<T> OrDoubt(server::Call& call, absl::StatusOr<T> planned) {
  if (!planned.ok()) call.DoubtMemory();
  return planned;
}

EmergencyOrder Issued(const server::Call& call, EmergencyOrder order) {
  order.issued_by = call.caller().subject;
  order.revision = 1;
  return order;
}

}  // namespace

absl::StatusOr<server::Plan<v1::AllocateEmergencyResponse>> EmergencyHandlers::AllocateEmergency(
    server::Call& call, const v1::AllocateEmergencyRequest& given) const {
  const domain::EmergencyRequest request = wire::FromProto(given);
  RETURN_IF_ERROR(domain::CheckEmergencyRequest(request).status());
  ASSIGN_OR_RETURN(const domain::RegionAccess access, RequireScope(call, fleet_, request.der_id, request.region_id));
  if (request.kind == EmergencyKind::kRestore) return Restore(call, access, request, given.validate_only());
  if (given.validate_only()) {
    ASSIGN_OR_RETURN(EmergencyOrder order, OrDoubt(call, book_.Rehearse(request)));
    server::Plan<v1::AllocateEmergencyResponse> plan;
    *plan.response.mutable_order() = wire::ToProto(Issued(call, std::move(order)), call.now());
    return plan;
  }
  ASSIGN_OR_RETURN(HeadroomBook::Planned planned, OrDoubt(call, book_.Plan(request)));
  return PlanOf(call, access, std::move(planned));
}

server::Plan<v1::AllocateEmergencyResponse> EmergencyHandlers::PlanOf(const server::Call& call,
                                                                      const domain::RegionAccess& access,
                                                                      HeadroomBook::Planned planned) const {
  EmergencyOrder order = Issued(call, std::move(planned.order));
  server::Plan<v1::AllocateEmergencyResponse> plan;
  *plan.response.mutable_order() = wire::ToProto(order, order.starts_at);
  plan.mutation.events.push_back(AllocationEvent(order));
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

domain::Event EmergencyHandlers::AllocationEvent(const EmergencyOrder& order) const {
  domain::Event event =
      DraftScopedEvent(ThingOf(order), domain::EventType::kEmergencyAllocation, fleet_, ids_, AllocationSummary(order));
  event.occurred_at = order.starts_at;
  return event;
}

domain::Event EmergencyHandlers::ReleaseEvent(const EmergencyOrder& order) const {
  domain::Event event =
      DraftScopedEvent(ThingOf(order), domain::EventType::kEmergencyEnded, fleet_, ids_,
                       absl::StrCat("The emergency order for ", ScopeText(order.der_id, order.region_id),
                                    " was released before its end."));
  event.occurred_at = *order.ended_at;
  return event;
}

absl::StatusOr<server::Plan<v1::AllocateEmergencyResponse>> EmergencyHandlers::Restore(
    server::Call& call, const domain::RegionAccess& access, const domain::EmergencyRequest& request,
    bool validate_only) const {
  ASSIGN_OR_RETURN(EmergencyOrder order, OrDoubt(call, book_.Rehearse(request)));
  ASSIGN_OR_RETURN(std::vector<EmergencyOrder> ended,
                   OrDoubt(call, EndedBy(order, request.restoration, call.caller().subject, fleet_)));
  order = Issued(call, Recording(std::move(order), request.restoration, ended));
  if (!validate_only) order.emergency_id = ids_.NewId();
  server::Plan<v1::AllocateEmergencyResponse> plan;
  *plan.response.mutable_order() = wire::ToProto(order, order.starts_at);
  if (validate_only) return plan;
  plan.mutation.events.push_back(AllocationEvent(order));
  if (!order.exercise) {
    for (EmergencyOrder& each : ended) {
      plan.mutation.events.push_back(ReleaseEvent(each));
      plan.mutation.writes.push_back(store::EmergencyEnd(access, std::move(each)));
    }
  }
  plan.mutation.writes.push_back(store::EmergencyInsert(access, std::move(order)));
  return plan;
}

// How far the DERs that come back are, of the time of the answer.
absl::Status EmergencyHandlers::FillRestoration(const server::Call& call, const EmergencyOrder& order,
                                                v1::EmergencyOrder& told) const {
  if (!order.restoration) return absl::OkStatus();
  ASSIGN_OR_RETURN(const FleetColumns::Orders from, GivingBack(order, queries_, call.deadline()));
  FillCounts(book_.CountReturn(from), told);
  return absl::OkStatus();
}

absl::StatusOr<EmergencyOrder> EmergencyHandlers::LoadOrder(const server::Call& call,
                                                            const std::string& emergency_id) const {
  ASSIGN_OR_RETURN(std::optional<EmergencyOrder> order, queries_.GetEmergency(emergency_id, call.deadline()));
  if (order) return *std::move(order);
  return base::NotFound("EMERGENCY_NOT_FOUND",
                        absl::StrCat("no emergency order ", emergency_id, " exists; see ListEmergencies"));
}

absl::StatusOr<server::Plan<v1::ReleaseEmergencyResponse>> EmergencyHandlers::ReleaseEmergency(
    server::Call& call, const v1::ReleaseEmergencyRequest& request) const {
  ASSIGN_OR_RETURN(EmergencyOrder order, LoadOrder(call, request.emergency_id()));
  ASSIGN_OR_RETURN(const domain::RegionAccess access, RequireScope(call, fleet_, order.der_id, order.region_id));
  if (order.StateAt(call.now()) != EmergencyState::kActive) {
    return base::FailedPrecondition("EMERGENCY_ENDED", "the order has ended already; GetEmergency tells when and how");
  }
  if (order.kind == EmergencyKind::kRestore) {
    return base::FailedPrecondition("EMERGENCY_ENDED", "a RESTORE holds nobody: there is nothing to release");
  }
  order = Released(std::move(order), wire::FromProto(request.restoration()), call.caller().subject, call.now());
  server::Plan<v1::ReleaseEmergencyResponse> plan;
  *plan.response.mutable_order() = wire::ToProto(order, call.now());
  RETURN_IF_ERROR(FillRestoration(call, order, *plan.response.mutable_order()));
  plan.mutation.events.push_back(ReleaseEvent(order));
  plan.mutation.writes.push_back(store::EmergencyEnd(access, std::move(order)));
  return plan;
}

absl::StatusOr<v1::GetEmergencyResponse> EmergencyHandlers::GetEmergency(server::Call& call,
                                                                         const v1::GetEmergencyRequest& request) const {
  ASSIGN_OR_RETURN(const EmergencyOrder order, LoadOrder(call, request.emergency_id()));
  v1::GetEmergencyResponse response;
  *response.mutable_order() = wire::ToProto(order, call.now());
  RETURN_IF_ERROR(FillRestoration(call, order, *response.mutable_order()));
  return response;
}

absl::StatusOr<v1::ListEmergenciesResponse> EmergencyHandlers::ListEmergencies(
    server::Call& call, const v1::ListEmergenciesRequest& request) const {
  ASSIGN_OR_RETURN(const auto before, wire::ReadTimePageToken(request));
  const std::size_t page_size = wire::PageSize(request.page_size());
  // One more than asked for tells whether there is a next page.
  ASSIGN_OR_RETURN(auto orders,
                   queries_.ListEmergencies(request.active_only(), before, page_size + 1, call.deadline()));
  v1::ListEmergenciesResponse response;
  if (orders.size() > page_size) {
    orders.resize(page_size);
    const EmergencyOrder& last = orders.back();
    response.set_next_page_token(wire::MakePageToken(request, last.starts_at, last.emergency_id));
  }
  for (const EmergencyOrder& order : orders) {
    // Its end may have come since the database looked.
    if (request.active_only() && order.StateAt(call.now()) != EmergencyState::kActive) continue;
    *response.add_orders() = wire::ToProto(order, call.now());
  }
  return response;
}

}  // namespace derms::emergency
