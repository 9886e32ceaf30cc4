// What is known of the grid of each region of a problem. Plain values.
#pragma once

#include <vector>

#include "libs/dispatch/problem.h"
#include "services/optimizer/grid_conditions.h"

namespace derms::optimizer {

// By interval, of a region with its parts; none is negative.
struct GridNeed {
  dispatch::Series up_kw, down_kw;            // headroom
  dispatch::Series inject_kvar, absorb_kvar;  // reactive power
};

struct RegionGrid {
  RegionConditions conditions;
  GridNeed need;
  dispatch::Series reactive_share;  // what each inverter of the region itself must be able to give, of its kVA
  bool own_frequency = false;       // another than in the region above it: headroom elsewhere does not help
};

struct GridState {
  std::vector<RegionGrid> regions;   // by region of the problem
  std::vector<double> apparent_kva;  // by device; 0: no inverter
  bool asked = false;                // whether the problem asks for the need
};

}  // namespace derms::optimizer
