// What the commands that make runs have in common: the area, what to strive for, when to stop, what to be safe against.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "derms/v1/optimizer.pb.h"
#include "services/dermsctl/command.h"

namespace derms::dermsctl {

struct RobustOptions {
  double confidence = -1;
  std::string sustain;
  std::int64_t history_days = 0;
  double forecast_skill = 0;
  double shortfall_price_usd_per_kwh = -1;
  std::vector<std::string> quantiles;  // "load_kw=load_low_kw,load_high_kw", ids of series
  bool independent_errors = false;
};

struct SolvingOptions {
  std::string region;
  std::vector<std::string> objectives;  // "cost=1", "stability" (weight 1)
  std::string time_limit;
  double gap = -1;
  RobustOptions robust;
  std::vector<std::string> grid_conditions;  // "NORTH:lowest_hz=59.5,lowest_pu=0.95"; no region: the area
};

void DeclareRegion(CLI::App& command, SolvingOptions& options);
void DeclareSolving(CLI::App& command, SolvingOptions& options);

// INVALID_ARGUMENT, reason INVALID_OBJECTIVE, UNKNOWN_WORD, INVALID_DURATION, INVALID_QUANTILES,
// INVALID_GRID_CONDITIONS, or ROBUST_MISSING for options that say how to be robust without a confidence.
absl::Status FillRequest(const SolvingOptions& options, v1::OptimizeResourcesRequest& request);

}  // namespace derms::dermsctl
