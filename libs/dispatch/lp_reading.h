// From the values and duals of a solved linear program back to the problem's words.
#pragma once

#include "libs/dispatch/lp_model.h"
#include "libs/dispatch/solution.h"

namespace derms::dispatch {

// Device powers, shed and over within their bounds, then everything that follows from them (accounting.h).
Solution ReadSchedule(const Problem& problem, const RegionTree& tree, const LpModel& model,
                      const std::vector<double>& x);

Multipliers ReadMultipliers(const Problem& problem, const RegionTree& tree, const LpModel& model,
                            const std::vector<double>& dual);

// Shadow price of every region and the limits that bind, from the duals of the LP that gave the schedule.
void ReadPrices(const Problem& problem, const LpModel& model, const LpResult& result, Solution& solution);

// What a schedule decides: direction of storage and exchange where it moves, units on and off.
Decisions ReadDecisions(const Problem& problem, const LpModel& model, const std::vector<double>& x);

}  // namespace derms::dispatch
