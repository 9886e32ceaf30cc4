// Which regional limits make a problem infeasible, in the operator's words.
#pragma once

#include "absl/status/status.h"
#include "libs/dispatch/linear_program.h"
#include "libs/dispatch/problem.h"
#include "libs/dispatch/region_tree.h"

namespace derms::dispatch {

// For a problem whose LP has no solution although every device alone could meet its targets: the least amounts by
// which storage targets or unit outputs and regional limits miss each other, as an INFEASIBLE status.
absl::Status ExplainConflict(const Problem& problem, const RegionTree& tree, const EngineLimits& limits);

}  // namespace derms::dispatch
