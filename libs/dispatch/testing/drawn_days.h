// Days that come out other than planned, drawn from a known distribution: what a robust reserve needs against it, and
// how often a schedule falls short.
#pragma once

#include "libs/dispatch/problem.h"
#include "libs/dispatch/robust_reserve.h"
#include "libs/dispatch/solution.h"

namespace derms::dispatch::testing {

// Independent normal errors: standard deviations as shares of the load and of each profile's value.
struct DrawnErrors {
  double load_deviation = 0, profile_deviation = 0;
};

// Reserve of region 0 by the quantiles of the distribution, source by source, combined by the rule for independent
// errors. `normal_quantile` is the standard normal's at SideProbability(confidence).
ReserveTerms KnownNeed(const Problem& problem, const DrawnErrors& errors, double normal_quantile, double sustain_hours);

// Share of the intervals of so many days that BalanceOf does not keep. The same days each time.
double ShortfallRate(const Problem& problem, const Solution& solution, const DrawnErrors& errors, int days);

}  // namespace derms::dispatch::testing
