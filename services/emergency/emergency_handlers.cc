#include "services/emergency/emergency_handlers.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/server/scope_event.h"
#include "libs/wire/convert_records.h"
#include "libs/wire/page_token.h"
#include "services/emergency/approval_convert.h"
#include "services/emergency/order_words.h"
#include "services/emergency/region_scope.h"

namespace derms::emergency {
namespace {

using domain::EmergencyOrder;
using domain::EmergencyState;
using server::ThingOf;

constexpr std::size_t kUsualPage = 100, kMostPage = 1000;

// DERs that came a moment ago may make the count right.
template <typename T>
absl::StatusOr<T> OrDoubt(server::Call& call, absl::StatusOr<T> planned) {
  if (!planned.ok()) call.DoubtMemory();
  return planned;
}

absl::Status NoOrder(const std::string& emergency_id) {
  return base::NotFound("EMERGENCY_NOT_FOUND",
                        absl::StrCat("no emergency order ", emergency_id, " exists; see ListEmergencies"));
}

// An order, or what waits to be one, with its place in a list.
struct Listed {
  absl::Time at;
  v1::EmergencyOrder order;
};
bool NewerFirst(const Listed& a, const Listed& b) {
  return std::pair(a.at, a.order.emergency_id()) > std::pair(b.at, b.order.emergency_id());
}

EmergencyOrder Issued(const server::Call& call, EmergencyOrder order,
                      const domain::EmergencyApproval* approval = nullptr) {
  order.issued_by = approval == nullptr ? call.caller().subject : approval->requested_by;
  order.revision = 1;
  return order;
}

}  // namespace

absl::StatusOr<server::Plan<v1::AllocateEmergencyResponse>> EmergencyHandlers::AllocateEmergency(
    server::Call& call, const v1::AllocateEmergencyRequest& given) const {
  const domain::EmergencyRequest request = wire::FromProto(given);
  ASSIGN_OR_RETURN(const domain::EmergencyKind kind, domain::CheckEmergencyRequest(request));
  ASSIGN_OR_RETURN(const domain::RegionAccess access, RequireScope(call, fleet_, request.der_id, request.region_id));
  const bool waits = rule_.Needs(kind, request.exercise, given.require_approval());
  if (given.validate_only() || waits) {
    ASSIGN_OR_RETURN(EmergencyOrder order, OrDoubt(call, book_.Rehearse(request)));
    if (waits) return RequestApproval(call, access, given, order);
    server::Plan<v1::AllocateEmergencyResponse> plan;
    *plan.response.mutable_order() = wire::ToProto(Issued(call, std::move(order)), call.now());
    return plan;
  }
  ASSIGN_OR_RETURN(HeadroomBook::Planned planned, OrDoubt(call, book_.Plan(request)));
  return PlanOf(call, access, std::move(planned));
}

server::Plan<v1::AllocateEmergencyResponse> EmergencyHandlers::PlanOf(const server::Call& call,
                                                                      const domain::RegionAccess& access,
                                                                      HeadroomBook::Planned planned,
                                                                      const domain::EmergencyApproval* approval) const {
  EmergencyOrder order = Issued(call, std::move(planned.order), approval);
  server::Plan<v1::AllocateEmergencyResponse> plan;
  *plan.response.mutable_order() = wire::ToProto(order, order.starts_at);
  if (approval != nullptr) plan.response.mutable_order()->set_approved_by(approval->decided_by);
  domain::Event event = server::DraftScopedEvent(ThingOf(order), domain::EventType::kEmergencyAllocation, fleet_, ids_,
                                                 AllocationSummary(order, approval));
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

absl::StatusOr<EmergencyOrder> EmergencyHandlers::LoadOrderToEnd(const server::Call& call,
                                                                 const std::string& emergency_id) const {
  ASSIGN_OR_RETURN(std::optional<EmergencyOrder> order, queries_.GetEmergency(emergency_id, call.deadline()));
  if (order) return *std::move(order);
  ASSIGN_OR_RETURN(const auto approval, approvals_.GetApproval(emergency_id, call.deadline()));
  if (!approval) return NoOrder(emergency_id);
  return base::FailedPrecondition(
      "EMERGENCY_NOT_IN_FORCE", "the order is not in force: while it waits for approval, ApproveEmergency declines it");
}

absl::StatusOr<server::Plan<v1::ReleaseEmergencyResponse>> EmergencyHandlers::ReleaseEmergency(
    server::Call& call, const v1::ReleaseEmergencyRequest& request) const {
  ASSIGN_OR_RETURN(EmergencyOrder order, LoadOrderToEnd(call, request.emergency_id()));
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
      server::DraftScopedEvent(ThingOf(order), domain::EventType::kEmergencyEnded, fleet_, ids_, ReleaseSummary(order));
  event.occurred_at = call.now();
  plan.mutation.events.push_back(std::move(event));
  plan.mutation.writes.push_back(store::EmergencyEnd(access, std::move(order)));
  return plan;
}

absl::StatusOr<v1::GetEmergencyResponse> EmergencyHandlers::GetEmergency(server::Call& call,
                                                                         const v1::GetEmergencyRequest& request) const {
  const std::string& id = request.emergency_id();
  ASSIGN_OR_RETURN(const std::optional<EmergencyOrder> order, queries_.GetEmergency(id, call.deadline()));
  ASSIGN_OR_RETURN(const auto approval, approvals_.GetApproval(id, call.deadline()));
  if (!order && !approval) return NoOrder(id);
  v1::GetEmergencyResponse response;
  *response.mutable_order() = order ? wire::ToProto(*order, call.now()) : ToProto(*approval, call.now());
  if (approval) response.mutable_order()->set_approved_by(approval->decided_by);
  return response;
}

absl::StatusOr<v1::ListEmergenciesResponse> EmergencyHandlers::ListEmergencies(
    server::Call& call, const v1::ListEmergenciesRequest& request) const {
  ASSIGN_OR_RETURN(const auto before, wire::ReadTimePageToken(request));
  const std::size_t page_size = wire::PageSize(request.page_size(), kUsualPage, kMostPage);
  std::vector<Listed> listed;
  std::vector<std::string> order_ids;
  // One more than asked for tells whether there is a next page.
  if (!request.pending_only()) {
    ASSIGN_OR_RETURN(const auto orders,
                     queries_.ListEmergencies(request.active_only(), before, page_size + 1, call.deadline()));
    for (const EmergencyOrder& order : orders) {
      listed.push_back({order.starts_at, wire::ToProto(order, call.now())});
      order_ids.push_back(order.emergency_id);
    }
  }
  if (request.pending_only() || !request.active_only()) {
    ASSIGN_OR_RETURN(const auto waiting,
                     approvals_.ListApprovals(request.pending_only(), before, page_size + 1, call.deadline()));
    for (const auto& approval : waiting) listed.push_back({approval.requested_at, ToProto(approval, call.now())});
  }
  std::sort(listed.begin(), listed.end(), NewerFirst);
  v1::ListEmergenciesResponse response;
  if (listed.size() > page_size) {
    listed.resize(page_size);
    const Listed& last = listed.back();
    response.set_next_page_token(wire::MakePageToken(request, last.at, last.order.emergency_id()));
  }
  ASSIGN_OR_RETURN(const auto approvers, approvals_.ApproversOf(order_ids, call.deadline()));
  for (Listed& each : listed) {
    // Its end may have come since the database looked.
    const bool active = each.order.state() == v1::EMERGENCY_STATE_ACTIVE;
    if (request.active_only() && !request.pending_only() && !active) continue;
    const auto approver = approvers.find(each.order.emergency_id());
    if (approver != approvers.end()) each.order.set_approved_by(approver->second);
    *response.add_orders() = std::move(each.order);
  }
  return response;
}

}  // namespace derms::emergency
