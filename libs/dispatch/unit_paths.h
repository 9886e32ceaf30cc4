// Output of one unit over time: what its ramps and on/off rules let it do, without an optimiser; for greedy and the
// reachability check.
#pragma once

#include <cstdint>
#include <vector>

#include "libs/dispatch/problem.h"

namespace derms::dispatch {

using OnPattern = std::vector<std::uint8_t>;  // [t] 1: on

// Off as soon as minimum time and ramps let it go; in all intervals when it was off before. Not committable: never.
OnPattern OffAsSoonAsPossible(const Problem& problem, const Unit& unit);

// Outputs as near to `wanted_kw` as ramps, start_max and stop_max allow with this pattern, which must keep the minimum
// times and Commitment::EarliestStop; 0 where off.
Series FollowOutputs(const Problem& problem, const Unit& unit, const OnPattern& on, const Series& wanted_kw);

double EnergyKwh(const Problem& problem, const Series& power_kw);

}  // namespace derms::dispatch
