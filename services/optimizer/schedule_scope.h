// Whose schedules a caller may see. Thread-safe.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/domain/region.h"
#include "libs/server/call.h"
#include "libs/store/queries.h"
#include "libs/store/read_model.h"

namespace derms::optimizer {

// Regions whose runs and schedules the caller may see; none: all of them.
std::optional<std::vector<std::string>> OperatedRegions(const domain::Caller& caller,
                                                        const domain::RegionTree& regions);

// The schedules of what is asked for, each empty: of all, narrowed to what the caller may see: DERs of regions that it
// operates, or its own. NOT_FOUND DER_NOT_FOUND, REGION_NOT_FOUND; PERMISSION_DENIED UNAUTHORIZED.
absl::StatusOr<store::ScheduleFilter> ScheduleScopeOf(server::Call& call, const store::ReadModel& fleet,
                                                      const std::string& der_id, const std::string& region_id);

}  // namespace derms::optimizer
