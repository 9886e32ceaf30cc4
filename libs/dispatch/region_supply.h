// What the devices of each region, with those of the regions below it, have left beyond a schedule: the supply side of
// reserve and ramp margins (docs/dispatch.md "Grid stability"). Pure; thread-safe.
#pragma once

#include <vector>

#include "libs/dispatch/problem.h"
#include "libs/dispatch/solution.h"

namespace derms::dispatch {

// By interval. None is negative but the change of net load.
struct RegionSupply {
  Series headroom_up_kw, headroom_down_kw;  // as Region::reserve_up_kw counts it
  // What devices could do from this interval to the next, wherever the schedule takes them: within ramps, powers and,
  // of storage, the energy that it has at the end of this one. Units that are off stay off. 0 in the last interval.
  Series ramp_up_kw, ramp_down_kw;
  // Demand less what the weather gives to renewables, the next interval's less this one's; 0 in the last.
  Series net_load_change_kw;
  // What the objective STABILITY asks for at its usual scales (objectives.h), whether or not it was asked for.
  Series usual_reserve_kw;
};

// By region.
std::vector<RegionSupply> SupplyOf(const Problem& problem, const Solution& solution);

}  // namespace derms::dispatch
