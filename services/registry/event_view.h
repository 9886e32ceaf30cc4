// Who may see which event, and how.
#pragma once

#include "derms/v1/events.pb.h"
#include "libs/domain/access.h"
#include "libs/domain/records.h"

namespace derms::registry {

// Admins see every event. Operators see those of regions they operate and those that belong to no region; what
// concerns principals and tokens is for admins only. Owners see what happened to their DERs, and what concerns the
// whole fleet: runs, orders, regions, rules, series. An event about a DER is never shown to another owner.
bool MaySee(const domain::Event& event, const domain::Caller& caller, const domain::RegionTree& regions);

// Owners do not see who acted, unless it was themselves.
v1::Event ViewOfEvent(const domain::Event& event, const domain::Caller& caller);

}  // namespace derms::registry
