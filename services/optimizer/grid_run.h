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

// Finds out what is expected of every region (grid_conditions.h; forecasts are in input.series) and what it needs.
// Readings count of the hour before the run, or before its horizon when that lies in the past, and of the hour that
// was then under way.
absl::Status FindGrid(std::vector<GivenConditions> given, const ProblemInput& input, store::Queries& queries,
                      absl::Time deadline, BuiltProblem& built);

}  // namespace derms::optimizer
