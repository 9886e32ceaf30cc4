// The grid of a run's area: looked up before the problem is solved. Blocks (SQL).
#pragma once

#include <vector>

#include "absl/status/status.h"
#include "derms/v1/optimizer.pb.h"
#include "libs/gridcode/profile_shelf.h"
#include "libs/store/queries.h"
#include "services/optimizer/grid_conditions.h"
#include "services/optimizer/problem_builder.h"

namespace derms::optimizer {

std::vector<GivenConditions> GivenOf(const v1::OptimizeResourcesRequest& request);

// Finds out what is expected of every region (grid_conditions.h; forecasts are in input.series) and what it needs. With
// `thorough`, for a run that serves the grid, the hours of readings count: the one under way at the begin of the run,
// or of its horizon when that lies in the past, and the one before,
// and the DERs' settings are read (der_curves.h); it refuses profiles that do not go together. Otherwise the newest
// readings count, and the default curves of the profile that is nearest to them.
absl::Status FindGrid(std::vector<GivenConditions> given, bool thorough, const ProblemInput& input,
                      const gridcode::ProfileShelf& profiles, store::Queries& queries, absl::Time deadline,
                      BuiltProblem& built);

}  // namespace derms::optimizer
