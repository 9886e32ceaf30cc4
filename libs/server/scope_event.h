// Orders, limits and defaults as events tell of them, whichever service writes them.
#pragma once

#include <string>

#include "libs/base/ids.h"
#include "libs/domain/records.h"
#include "libs/store/read_model.h"

namespace derms::server {

// What it is about: `resource_id` for a DER, a region or ALL_DERS.
struct ScopedThing {
  std::string resource_id, der_id, region_id;
};
inline ScopedThing ThingOf(const domain::EmergencyOrder& order) {
  return {order.emergency_id, order.der_id, order.region_id};
}

// "all DERs", "region NORTH", "DER BATT_1". Exactly one of both is given.
std::string ScopeText(const std::string& der_id, const std::string& region_id);

// When, who and which request are left to the caller. What is for one DER carries its owner, so that no other owner
// sees it.
domain::Event DraftScopedEvent(const ScopedThing& thing, domain::EventType type, const store::ReadModel& fleet,
                               base::IdSource& ids, std::string summary);

}  // namespace derms::server
