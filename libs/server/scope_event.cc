#include "libs/server/scope_event.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace derms::server {

std::string ScopeText(const std::string& der_id, const std::string& region_id) {
  if (!region_id.empty()) return absl::StrCat("region ", region_id);
  return der_id == base::kAllDers ? "all DERs" : absl::StrCat("DER ", der_id);
}

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

}  // namespace derms::server
