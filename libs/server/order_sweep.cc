#include "libs/server/order_sweep.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/server/restored.h"
#include "libs/server/scope_event.h"

namespace derms::server {
namespace {

constexpr std::size_t kMostPerLook = 1000;
constexpr absl::Duration kDatabaseTimeout = absl::Seconds(5);

}  // namespace

void OrderSweep::Start(absl::Duration interval) {
  loop_ = std::make_unique<store::BackgroundLoop>([this, interval] {
    Look();
    return interval;
  });
}

absl::StatusOr<int> OrderSweep::EndOverdue() {
  ASSIGN_OR_RETURN(auto orders, parts_.queries.ListOverdueEmergencies(kMostPerLook, absl::Now() + kDatabaseTimeout));
  for (domain::EmergencyOrder& order : orders) End(std::move(order));
  return static_cast<int>(orders.size());
}

absl::StatusOr<int> OrderSweep::LapseOverdue() {
  ASSIGN_OR_RETURN(auto overdue, parts_.approvals.ListOverdueApprovals(kMostPerLook, absl::Now() + kDatabaseTimeout));
  for (domain::EmergencyApproval& approval : overdue) Lapse(std::move(approval));
  return static_cast<int>(overdue.size());
}

// An order that could not be ended now is found again with the next look.
void OrderSweep::End(domain::EmergencyOrder order) {
  const std::string emergency_id = order.emergency_id;
  order.state = domain::EmergencyState::kExpired;
  order.ended_at = order.ends_at;
  ++order.revision;
  domain::Event event = DraftScopedEvent(
      ThingOf(order), domain::EventType::kEmergencyEnded, parts_.fleet, parts_.ids,
      absl::StrCat("The emergency order for ", ScopeText(order.der_id, order.region_id), " ended at its time."));
  event.occurred_at = order.ends_at;
  Write("emergency order expired", emergency_id, std::move(event),
        store::EmergencyEnd(domain::RoleAccess::System(), std::move(order)));
}

void OrderSweep::Lapse(domain::EmergencyApproval approval) {
  domain::Event event = DraftScopedEvent(
      {approval.emergency_id, approval.der_id, approval.region_id}, domain::EventType::kEmergencyDeclined, parts_.fleet,
      parts_.ids,
      absl::StrCat("The emergency order that ", approval.requested_by, " asked for, for ",
                   ScopeText(approval.der_id, approval.region_id), ", lapsed: nobody approved it in time."));
  event.occurred_at = approval.expires_at;
  const std::string emergency_id = approval.emergency_id;
  Write("emergency order lapsed", emergency_id, std::move(event),
        store::ApprovalDecision(domain::RoleAccess::System(), domain::Lapsed(std::move(approval))));
}

void OrderSweep::Write(const char* what, const std::string& emergency_id, domain::Event event, store::RowWrite write) {
  event.actor = "system";
  store::Mutation mutation;
  mutation.events.push_back(std::move(event));
  mutation.writes.push_back(std::move(write));
  parts_.committer.Commit(
      std::move(mutation), absl::Now() + kDatabaseTimeout,
      [this, what, emergency_id](const auto& outcome) { Report(what, emergency_id, outcome.status()); });
}

void OrderSweep::Report(const char* what, const std::string& emergency_id, const absl::Status& outcome) const {
  const std::string reason = base::ReasonOf(outcome);
  if (outcome.ok()) {
    parts_.logger.Info(what, {{"emergency_id", emergency_id}});
  } else if (reason != "EMERGENCY_ENDED" && reason != "APPROVAL_CLOSED") {  // somebody else was faster
    parts_.logger.Warning("the end of an emergency order was not written down",
                          {{"emergency_id", emergency_id}, {"error", std::string(outcome.message())}});
  }
}

void OrderSweep::Look() {
  const auto warn = [this](const char* what, const absl::Status& looked) {
    if (!looked.ok()) parts_.logger.Warning(what, {{"error", std::string(looked.message())}});
  };
  warn("overdue emergency orders were not looked for", EndOverdue().status());
  warn("lapsed emergency orders were not looked for", LapseOverdue().status());
  warn("restored emergency orders were not looked for",
       TellRestored(parts_.fleet, parts_.queries, parts_.committer, parts_.ids, parts_.logger).status());
}

}  // namespace derms::server
