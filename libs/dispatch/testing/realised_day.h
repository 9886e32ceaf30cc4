// What happens when a day comes out other than planned: the judge of a robust reserve. Shares no code with the headroom
// of the solvers.
#pragma once

#include "libs/dispatch/problem.h"
#include "libs/dispatch/solution.h"

namespace derms::dispatch::testing {

enum class Balance { kKept, kTooLittle, kTooMuch };

// Load and availability as they came out in one interval.
struct RealisedInterval {
  double demand_kw = 0;  // of all regions together
  Series profiles;       // value of each profile
};

// Whether the devices of a problem with one root can balance interval t while the exchange stays as planned, if every
// interval before went as planned: weather-driven devices give what they are given, or less where they count downwards;
// storage runs the whole interval from the energy it has; units stay on or off.
Balance BalanceOf(const Problem& problem, const Solution& solution, const RealisedInterval& realised, int t);

}  // namespace derms::dispatch::testing
