// What the grid of each region needs of the DERs of a problem, and how the problem is made to keep it. The rules with
// an example: docs/dispatch.md "Grid stability". Pure.
#pragma once

#include <vector>

#include "services/optimizer/problem_builder.h"

namespace derms::optimizer {

// Fills built.grid.regions: conditions by region of the problem. Headroom is asked of those that count for reserve, in
// the ratio of their rated power, by the droop of each, and at most what they can move in the interval.
void FindGridNeed(std::vector<RegionConditions> conditions, BuiltProblem& built);

// Limits the power of inverters to what leaves room for the reactive power that their curve asks for: of the
// weather-driven ones interval by interval, of storage and units by the largest share of the horizon, since their
// limits are one number. One that could not keep its own rules so (energy at the end, ramps from where it is) stays as
// it is.
void LimitInverters(BuiltProblem& built);

// Adds the need to the reserve that the area asks for, and to that of parts with a frequency of their own.
void AskForHeadroom(BuiltProblem& built);

}  // namespace derms::optimizer
