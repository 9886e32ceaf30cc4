#include "libs/server/restored.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "libs/base/error.h"
#include "libs/server/scope_event.h"

namespace derms::server {
namespace {

constexpr std::size_t kMostPerLook = 1000;
constexpr absl::Duration kDatabaseTimeout = absl::Seconds(5);

store::Mutation Telling(const domain::EmergencyOrder& order, const store::ReadModel& fleet, base::IdSource& ids) {
  domain::Event event = DraftScopedEvent(
      ThingOf(order), domain::EventType::kEmergencyRestored, fleet, ids,
      absl::StrCat("All DERs of the emergency order for ", ScopeText(order.der_id, order.region_id), " are back."));
  event.occurred_at = order.holds_until();
  event.actor = "system";
  store::Mutation mutation;
  mutation.events.push_back(std::move(event));
  mutation.writes.push_back(store::EmergencyRestored(domain::RoleAccess::System(), order.emergency_id));
  return mutation;
}

}  // namespace

absl::StatusOr<int> TellRestored(const store::ReadModel& fleet, store::Queries& queries, store::Committer& committer,
                                 base::IdSource& ids, observe::Logger& logger) {
  ASSIGN_OR_RETURN(const auto orders, queries.ListRestoredEmergencies(kMostPerLook, absl::Now() + kDatabaseTimeout));
  for (const domain::EmergencyOrder& order : orders) {
    committer.Commit(Telling(order, fleet, ids), absl::Now() + kDatabaseTimeout,
                     [&logger, id = order.emergency_id](const auto& outcome) {
                       if (outcome.ok()) logger.Info("all DERs of an emergency order are back", {{"emergency_id", id}});
                     });
  }
  return static_cast<int>(orders.size());
}

}  // namespace derms::server
