// Objectives of a run as people write them.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "derms/v1/optimizer.pb.h"

namespace derms::dermsctl {

// "cost=1", "stability" (weight 1). INVALID_ARGUMENT, reason INVALID_OBJECTIVE or UNKNOWN_WORD.
absl::Status AddObjectives(const std::vector<std::string>& texts, v1::OptimizeResourcesRequest* request);

}  // namespace derms::dermsctl
