// Everything of a Solution that follows from the decisions: energies, flows, shortfalls and costs.
// Every solver ends here; the checker has its own arithmetic.
#pragma once

#include "libs/dispatch/problem.h"
#include "libs/dispatch/region_tree.h"
#include "libs/dispatch/solution.h"

namespace derms::dispatch {

// A solution with all series of the right length, zero (committable units on, flexible loads off).
Solution EmptySolution(const Problem& problem);

// Reads power_kw (storage: charge_kw, discharge_kw and spilled_kw), on, shed_kw and over_kw; writes all other series
// and the cost.
void CompleteSolution(const Problem& problem, const RegionTree& tree, Solution& solution);

// Sum over the horizon of |x - median x|: the flattening term at its best level.
double DeviationFromMedian(Series values);

}  // namespace derms::dispatch
