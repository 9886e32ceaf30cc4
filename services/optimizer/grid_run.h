// The grid of a run's area: looked up before the problem is solved. Blocks (SQL).
#pragma once

#include <vector>

#include "absl/status/status.h"
#include "derms/v1/optimizer.pb.h"
#include "libs/store/queries.h"
#include "services/optimizer/grid_conditions.h"
#include "services/optimizer/problem_builder.h"

namespace derms::optimizer {

std::vector<GivenConditions> GivenOf(const v1::OptimizeResourcesRequest& request);

// What the newest readings in memory say of the frequency of each region, those that still hold (libs/domain/rollup.h)
// and are believed; the hundredth part that is furthest out does not count. Costs nothing, and says nothing of voltage:
// nameplates are in the database.
std::vector<store::GridExtremes> NewestFrequencies(const std::vector<FleetMember>& fleet, absl::Time now);

// Finds out what is expected of every region (grid_conditions.h; forecasts are in input.series) and what it needs. With
// `thorough`, for a run that serves the grid, the hours of readings count: the one under way at the begin of the run,
// or of its horizon when that lies in the past, and the one before. Otherwise the newest readings.
absl::Status FindGrid(std::vector<GivenConditions> given, bool thorough, const ProblemInput& input,
                      store::Queries& queries, absl::Time deadline, BuiltProblem& built);

}  // namespace derms::optimizer
