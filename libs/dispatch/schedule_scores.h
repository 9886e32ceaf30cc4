// How critical each set-point of a schedule is, as ListSchedules shows it. The grid stability score beside it follows
// from the region: region_supply.h is its part of this library. Formula and reasons: docs/dispatch.md "Priority". Pure;
// thread-safe.
#pragma once

#include <vector>

#include "libs/dispatch/problem.h"
#include "libs/dispatch/solution.h"

namespace derms::dispatch {

// [device][interval], 1 to 10: 10 is most critical to carry out.
std::vector<std::vector<int>> PrioritiesOf(const Problem& problem, const Solution& solution);

}  // namespace derms::dispatch
