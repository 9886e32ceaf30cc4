// What the commands that make runs have in common: the area, what to strive for, when to stop.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "derms/v1/optimizer.pb.h"
#include "services/dermsctl/command.h"

namespace derms::dermsctl {

struct SolvingOptions {
  std::string region;
  std::vector<std::string> objectives;  // "cost=1", "stability" (weight 1)
  std::string time_limit;
  double gap = -1;
};

void DeclareRegion(CLI::App& command, SolvingOptions& options);
void DeclareSolving(CLI::App& command, SolvingOptions& options);

// INVALID_ARGUMENT, reason INVALID_OBJECTIVE, UNKNOWN_WORD or INVALID_DURATION.
absl::Status FillRequest(const SolvingOptions& options, v1::OptimizeResourcesRequest& request);

}  // namespace derms::dermsctl
