// How far the grid of each region is from trouble with a schedule: margins and score, and how a run tells them. The
// formulas with an example: docs/dispatch.md "Grid stability". Pure.
#pragma once

#include <vector>

#include "derms/v1/run.pb.h"
#include "libs/dispatch/region_supply.h"
#include "libs/dispatch/solution.h"
#include "libs/gridcode/stability.h"
#include "services/optimizer/problem_builder.h"

namespace derms::optimizer {

inline constexpr int kMostStabilityIntervals = 5000;  // that a run lists, of all regions together

// By interval.
struct RegionStability {
  dispatch::RegionSupply supply;
  dispatch::Series reactive_room_kvar;  // of inverters, beside their scheduled power
  std::vector<gridcode::StabilityMargins> margins;
  std::vector<int> scores;  // 1 to 10
};

// By region of the problem. Of a problem without known conditions: as nominal.
std::vector<RegionStability> StabilityOf(const BuiltProblem& built, const dispatch::Solution& solution);

// Before there is a schedule: conditions and need.
void ReportGridNeed(const BuiltProblem& built, const Horizon& horizon, v1::GridStabilityReport& report);
// All of it.
void ReportStability(const BuiltProblem& built, const Horizon& horizon, const dispatch::Solution& solution,
                     const std::vector<RegionStability>& stability, v1::GridStabilityReport& report);

}  // namespace derms::optimizer
