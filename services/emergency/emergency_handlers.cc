#include "services/emergency/emergency_handlers.h"

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

namespace derms::emergency {
namespace {

using domain::EmergencyOrder;
using domain::EmergencyState;
using server::ScopeText;
using server::ThingOf;

std::string AllocationSummary(const EmergencyOrder& order) {
  const std::string power = domain::IsShutdown(order.kind) ? "" : absl::StrFormat(" of %.10g kW", order.power_kw);
  return absl::StrCat(order.exercise ? "Exercise: " : "", "emergency order ",
                      std::string(EmergencyKindName(order.kind)), power, " for ",
                      ScopeText(order.der_id, order.region_id), ", ", order.der_count, " DERs bound: ", order.reason);
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
  domain::Event event = server::DraftScopedEvent(ThingOf(order), domain::EventType::kEmergencyAllocation, fleet_, ids_,
                                                 AllocationSummary(order));
  event.occurred_at = order.starts_at;
  plan.mutation.events.push_back(std::move(event));
  // A shutdown takes what it finds, and a drill takes nothing: neither waits for other orders.
  std::optional<store::OrdersSeen> seen;
  if (!domain::IsShutdown(order.kind) && !order.exercise) seen = std::move(planned.seen);
  plan.mutation.writes.push_back(
      store::EmergencyInsert(access, std::move(order), std::move(planned.planner), std::move(seen)));
  if (planned.reservation != nullptr) {
    plan.settled = [held = std::move(planned.reservation)](const auto& outcome) { held->Settle(outcome); };
  }
  return plan;
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
  order.state = EmergencyState::kReleased;
  order.ended_at = call.now();
  order.released_by = call.caller().subject;
  ++order.revision;

  server::Plan<v1::ReleaseEmergencyResponse> plan;
  *plan.response.mutable_order() = wire::ToProto(order, call.now());
  domain::Event event =
      server::DraftScopedEvent(ThingOf(order), domain::EventType::kEmergencyEnded, fleet_, ids_,
                               absl::StrCat("The emergency order for ", ScopeText(order.der_id, order.region_id),
                                            " was released before its end."));
  event.occurred_at = call.now();
  plan.mutation.events.push_back(std::move(event));
  plan.mutation.writes.push_back(store::EmergencyEnd(access, std::move(order)));
  return plan;
}

absl::StatusOr<v1::GetEmergencyResponse> EmergencyHandlers::GetEmergency(server::Call& call,
                                                                         const v1::GetEmergencyRequest& request) const {
  ASSIGN_OR_RETURN(const EmergencyOrder order, LoadOrder(call, request.emergency_id()));
  v1::GetEmergencyResponse response;
  *response.mutable_order() = wire::ToProto(order, call.now());
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
