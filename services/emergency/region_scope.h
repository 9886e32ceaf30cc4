// The right to act on a scope: a DER, a region with its parts, or ALL_DERS.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "libs/domain/access.h"
#include "libs/server/call.h"
#include "libs/store/read_model.h"

namespace derms::emergency {

// That of the region which the scope reaches: the DER's, the named one, or all of them. Exactly one of both is given.
// NOT_FOUND DER_NOT_FOUND, REGION_NOT_FOUND; PERMISSION_DENIED UNAUTHORIZED for an operator of another region.
absl::StatusOr<domain::RegionAccess> RequireScope(server::Call& call, const store::ReadModel& fleet,
                                                  const std::string& der_id, const std::string& region_id);

}  // namespace derms::emergency
