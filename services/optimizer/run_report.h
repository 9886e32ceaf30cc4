// Tells a solution as a derms.v1.OptimizationRun and as rows of schedules. Pure.
#pragma once

#include <string>
#include <vector>

#include "derms/v1/optimizer.pb.h"
#include "libs/dispatch/problem.h"
#include "libs/dispatch/solution.h"
#include "libs/domain/records.h"
#include "services/optimizer/grid_stability.h"
#include "services/optimizer/problem_builder.h"

namespace derms::optimizer {

inline constexpr int kMaxListedExcluded = 1000;
inline constexpr int kMaxListedConstraints = 1000;

// Names of who was left out and why, counts, digest, whose availability was predicted: what is known before solving.
void ReportProblem(const BuiltProblem& built, v1::OptimizationRun& run);

// Cost, bound, intervals of the area, binding constraints.
void ReportSolution(const BuiltProblem& built, const Horizon& horizon, const dispatch::Solution& solution,
                    v1::OptimizationRun& run);

// One row per device with its priority and the score of its region.
domain::Schedules SchedulesOf(const BuiltProblem& built, const dispatch::Solution& solution,
                              const std::vector<RegionStability>& stability);

}  // namespace derms::optimizer
