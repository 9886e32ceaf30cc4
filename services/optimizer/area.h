// Which area a request means. Pure.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "libs/domain/region.h"

namespace derms::optimizer {

// `region_id`, or the only area there is when it is empty. NOT_FOUND REGION_NOT_FOUND; INVALID_ARGUMENT INVALID_REQUEST
// when it must be given.
absl::StatusOr<std::string> AreaOf(const std::string& region_id, const domain::RegionTree& regions);

}  // namespace derms::optimizer
