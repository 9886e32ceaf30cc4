#include "services/emergency/order_reads.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/wire/convert_records.h"
#include "libs/wire/page_token.h"
#include "services/emergency/approval_convert.h"

namespace derms::emergency {
namespace {

using domain::EmergencyOrder;

// With its place in a list.
struct Listed {
  absl::Time at;
  v1::EmergencyOrder order;
};

bool NewerFirst(const Listed& a, const Listed& b) {
  return std::pair(a.at, std::string_view(a.order.emergency_id())) >
         std::pair(b.at, std::string_view(b.order.emergency_id()));
}

// Newest first. What was approved between both reads is in both, and told as an order.
std::vector<Listed> Merged(const std::vector<EmergencyOrder>& orders,
                           const std::vector<domain::EmergencyApproval>& requests, absl::Time now) {
  std::vector<Listed> listed;
  absl::flat_hash_set<std::string_view> order_ids;
  for (const EmergencyOrder& order : orders) {
    order_ids.insert(order.emergency_id);
    listed.push_back({order.starts_at, wire::ToProto(order, now)});
  }
  for (const domain::EmergencyApproval& each : requests) {
    if (!order_ids.contains(each.emergency_id)) listed.push_back({each.requested_at, ToProto(each, now)});
  }
  std::sort(listed.begin(), listed.end(), NewerFirst);
  return listed;
}

std::vector<std::string> IdsOf(const std::vector<EmergencyOrder>& orders) {
  std::vector<std::string> ids;
  for (const EmergencyOrder& order : orders) ids.push_back(order.emergency_id);
  return ids;
}

}  // namespace

// The request first: what is approved between both reads is then told as it was before, and not lost.
absl::StatusOr<FoundOrder> OrderReads::Find(const std::string& emergency_id, absl::Time now,
                                            absl::Time deadline) const {
  ASSIGN_OR_RETURN(const auto approval, approvals_.GetApproval(emergency_id, deadline));
  if (approval && approval->state != domain::EmergencyState::kActive) {
    return FoundOrder{.order = std::nullopt, .decision = approval->DecisionAt(now), .told = ToProto(*approval, now)};
  }
  ASSIGN_OR_RETURN(std::optional<EmergencyOrder> order, queries_.GetEmergency(emergency_id, deadline));
  if (!order) {
    return base::NotFound("EMERGENCY_NOT_FOUND",
                          absl::StrCat("no emergency order ", emergency_id, " exists; see ListEmergencies"));
  }
  FoundOrder found{.order = std::nullopt, .decision = std::nullopt, .told = wire::ToProto(*order, now)};
  if (approval) found.decision = approval->DecisionAt(now);
  if (found.decision) FillDecision(*found.decision, found.told);
  found.order = *std::move(order);
  return found;
}

absl::StatusOr<v1::ListEmergenciesResponse> OrderReads::List(const v1::ListEmergenciesRequest& request, absl::Time now,
                                                             absl::Time deadline) const {
  ASSIGN_OR_RETURN(const auto before, wire::ReadTimePageToken(request));
  const std::size_t page_size = wire::PageSize(request.page_size());
  const bool orders_wanted = !request.pending_only();
  const bool requests_wanted = request.pending_only() || !request.active_only();
  std::vector<domain::EmergencyApproval> requests;
  std::vector<EmergencyOrder> orders;
  // One more than asked for tells whether there is a next page. Requests first, for the same reason as in Find.
  if (requests_wanted) {
    ASSIGN_OR_RETURN(requests, approvals_.ListApprovals(request.pending_only(), before, page_size + 1, deadline));
  }
  if (orders_wanted) {
    ASSIGN_OR_RETURN(orders, queries_.ListEmergencies(request.active_only(), before, page_size + 1, deadline));
  }
  std::vector<Listed> listed = Merged(orders, requests, now);
  v1::ListEmergenciesResponse response;
  if (listed.size() > page_size) {
    listed.resize(page_size);
    const Listed& last = listed.back();
    response.set_next_page_token(wire::MakePageToken(request, last.at, last.order.emergency_id()));
  }
  ASSIGN_OR_RETURN(const auto approved, approvals_.ApprovalsOf(IdsOf(orders), deadline));
  for (Listed& each : listed) {
    // Its end may have come since the database looked.
    if (request.active_only() && orders_wanted && each.order.state() != v1::EMERGENCY_STATE_ACTIVE) continue;
    const auto decision = approved.find(each.order.emergency_id());
    if (decision != approved.end()) FillDecision(decision->second, each.order);
    *response.add_orders() = std::move(each.order);
  }
  return response;
}

}  // namespace derms::emergency
