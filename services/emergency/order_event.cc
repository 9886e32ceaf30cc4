#include "services/emergency/order_event.h"

#include <utility>

namespace derms::emergency {

domain::Event DraftOrderEvent(const domain::EmergencyOrder& order, domain::EventType type,
                              const store::ReadModel& fleet, base::IdSource& ids, std::string summary) {
  domain::Event event;
  event.event_id = ids.NewId();
  event.type = type;
  event.resource_id = order.emergency_id;
  event.summary = std::move(summary);
  if (!order.region_id.empty()) event.region_id = order.region_id;
  if (order.der_id.empty() || order.der_id == base::kAllDers) return event;
  event.der_id = order.der_id;
  if (const auto der = fleet.FindDer(order.der_id)) {
    event.owner_id = der->owner_id;
    event.region_id = der->region_id;
  }
  return event;
}

}  // namespace derms::emergency
