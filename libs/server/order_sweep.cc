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
  ASSIGN_OR_RETURN(auto orders, queries_.ListOverdueEmergencies(kMostPerLook, absl::Now() + kDatabaseTimeout));
  for (domain::EmergencyOrder& order : orders) End(std::move(order));
  return static_cast<int>(orders.size());
}

// An order that could not be ended now is found again with the next look.
void OrderSweep::End(domain::EmergencyOrder order) {
  const std::string emergency_id = order.emergency_id;
  order.state = domain::EmergencyState::kExpired;
  order.ended_at = order.ends_at;
  ++order.revision;
  domain::Event event = DraftScopedEvent(
      ThingOf(order), domain::EventType::kEmergencyEnded, fleet_, ids_,
      absl::StrCat("The emergency order for ", ScopeText(order.der_id, order.region_id), " ended at its time."));
  event.occurred_at = order.ends_at;
  event.actor = "system";
  store::Mutation mutation;
  mutation.events.push_back(std::move(event));
  mutation.writes.push_back(store::EmergencyEnd(domain::RoleAccess::System(), std::move(order)));
  committer_.Commit(std::move(mutation), absl::Now() + kDatabaseTimeout,
                    [this, emergency_id](const auto& outcome) { Report(emergency_id, outcome.status()); });
}

void OrderSweep::Report(const std::string& emergency_id, const absl::Status& outcome) const {
  if (outcome.ok()) {
    logger_.Info("emergency order expired", {{"emergency_id", emergency_id}});
  } else if (base::ReasonOf(outcome) != "EMERGENCY_ENDED") {  // another process was faster, or it was released
    logger_.Warning("the end of an emergency order was not written down",
                    {{"emergency_id", emergency_id}, {"error", std::string(outcome.message())}});
  }
}

void OrderSweep::Look() {
  if (const absl::Status looked = EndOverdue().status(); !looked.ok()) {
    logger_.Warning("overdue emergency orders were not looked for", {{"error", std::string(looked.message())}});
  }
  if (const absl::Status told = TellRestored(fleet_, queries_, committer_, ids_, logger_).status(); !told.ok()) {
    logger_.Warning("restored emergency orders were not looked for", {{"error", std::string(told.message())}});
  }
}

}  // namespace derms::server
