// Greedy under a carbon cap: the same rules on a problem in which carbon is dear and imports are short.
#pragma once

#include <functional>

#include "absl/status/statusor.h"
#include "libs/dispatch/problem.h"
#include "libs/dispatch/solution.h"

namespace derms::dispatch {

double EmittedKg(const Problem& problem, const Solution& solution);
double CarbonCapKg(const Problem& problem);  // with a rounding allowance; unlimited without a cap

// `plan` makes a schedule of a problem without looking at the cap; `first` is what it made of this one, above the cap.
// NO_SCHEDULE_FOUND when a few attempts did not get below it.
absl::StatusOr<Solution> WithinCarbonCap(const Problem& problem, Solution first,
                                         const std::function<absl::StatusOr<Solution>(const Problem&)>& plan);

}  // namespace derms::dispatch
