// A DER as a caller may see it.
#pragma once

#include "derms/v1/types.pb.h"
#include "libs/domain/access.h"
#include "libs/domain/der.h"
#include "libs/store/read_model.h"

namespace derms::registry {

// Whether the caller is the DER's owner, an operator of its region or an admin: may see owner, exact place, readings.
bool SeesAll(const domain::Caller& caller, const domain::Der& der, const domain::RegionTree& regions);

// With derived status; for those who do not see all without owner and reading, and with the place rounded to 0.1
// degree (about 10 km), so that a plant can be found on a map but not its owner's door.
v1::Der ViewOfDer(const domain::Der& der, const store::ReadModel& fleet, const domain::Caller& caller, absl::Time now);

}  // namespace derms::registry
