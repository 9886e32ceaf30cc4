// The last word on a schedule before it is stored or answered.
#pragma once

#include "absl/status/status.h"
#include "libs/dispatch/problem.h"
#include "libs/dispatch/solution.h"

namespace derms::optimizer {

// OK once the independent checker agrees; the solution then has the checker's bound. INTERNAL SCHEDULE_REFUSED.
absl::Status Accept(const dispatch::Problem& problem, dispatch::Solution& solution);

}  // namespace derms::optimizer
