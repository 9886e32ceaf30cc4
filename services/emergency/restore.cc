#include "services/emergency/restore.h"

#include <algorithm>
#include <utility>

#include "libs/base/error.h"

namespace derms::emergency {
namespace {

using domain::EmergencyOrder;

domain::ScopedOrder Scoped(const EmergencyOrder& order, const store::ReadModel& fleet) {
  if (order.der_id.empty() || order.der_id == base::kAllDers) return {&order, order.region_id};
  const auto der = fleet.FindDer(order.der_id);
  return {&order, der == nullptr ? std::string() : der->region_id};
}

}  // namespace

EmergencyOrder Released(EmergencyOrder order, const domain::GivenRestoration& given, const std::string& released_by,
                        absl::Time now) {
  order.state = domain::EmergencyState::kReleased;
  order.ended_at = now;
  order.released_by = released_by;
  ++order.revision;
  if (order.restoration) order.restoration->terms = Changed(order.restoration->terms, given);
  return order;
}

absl::StatusOr<std::vector<EmergencyOrder>> EndedBy(const EmergencyOrder& restore,
                                                    const domain::GivenRestoration& given,
                                                    const std::string& released_by, const store::ReadModel& fleet) {
  const auto orders = fleet.LiveOrders(restore.starts_at);
  std::vector<domain::ScopedOrder> live;
  for (const auto& order : orders) live.push_back(Scoped(*order, fleet));
  ASSIGN_OR_RETURN(const auto ending, OrdersToEnd(Scoped(restore, fleet), live, *fleet.Regions()));
  std::vector<EmergencyOrder> ended;
  for (const EmergencyOrder* order : ending) ended.push_back(Released(*order, given, released_by, restore.starts_at));
  return ended;
}

EmergencyOrder Recording(EmergencyOrder restore, const domain::GivenRestoration& given,
                         const std::vector<EmergencyOrder>& ended) {
  domain::RestorationPlan& plan = restore.restoration.emplace();
  plan.terms = Changed({}, given);
  restore.ends_at = restore.starts_at;
  for (const EmergencyOrder& order : ended) {
    plan.ended.push_back(order.emergency_id);
    restore.ends_at = std::max(restore.ends_at, order.holds_until());
  }
  return restore;
}

}  // namespace derms::emergency
