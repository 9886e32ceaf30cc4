// Why a problem has no schedule, in the operator's words, and the nearest problem that has one.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "libs/dispatch/linear_program.h"
#include "libs/dispatch/problem.h"
#include "libs/dispatch/region_tree.h"
#include "libs/dispatch/solution.h"

namespace derms::dispatch {

// For a problem without a schedule although every device alone could meet its requirements: an irreducible set of
// requirements (relaxation.h) that cannot all be kept -- leave out any of them and the others can -- as an INFEASIBLE
// status with one violation each: by how much it would have to give way alone, and what the cheapest schedule would
// then cost. Found by an elastic filter, then a deletion filter (Chinneck and Dravnieks, Locating minimal infeasible
// constraint sets in linear programs, ORSA J. Computing 3(2), 1991). At the deadline: what is known until then.
absl::Status ExplainConflict(const Problem& problem, const RegionTree& tree, const EngineLimits& limits);

// The requirements to give up, with the least sum of amounts (kWh; a kW counts for the hours of an interval, a kg as a
// kWh), so that the rest can be kept; empty for a problem that has a schedule. The problem must be valid.
absl::StatusOr<std::vector<Relaxation>> LeastRelaxation(const Problem& problem, const RegionTree& tree,
                                                        const EngineLimits& limits);

}  // namespace derms::dispatch
