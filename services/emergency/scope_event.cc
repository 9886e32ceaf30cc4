#include "services/emergency/scope_event.h"

#include <utility>

namespace derms::emergency {

domain::Event DraftScopedEvent(const ScopedThing& thing, domain::EventType type, const store::ReadModel& fleet,
                               base::IdSource& ids, std::string summary) {
  domain::Event event;
  event.event_id = ids.NewId();
  event.type = type;
  event.resource_id = thing.resource_id;
  event.summary = std::move(summary);
  if (!thing.region_id.empty()) event.region_id = thing.region_id;
  if (thing.der_id.empty() || thing.der_id == base::kAllDers) return event;
  event.der_id = thing.der_id;
  if (const auto der = fleet.FindDer(thing.der_id)) {
    event.owner_id = der->owner_id;
    event.region_id = der->region_id;
  }
  return event;
}

}  // namespace derms::emergency
