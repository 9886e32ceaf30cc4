// The greedy rules for one device against a price series; see greedy.h.
#pragma once

#include <vector>

#include "libs/dispatch/device_limits.h"
#include "libs/dispatch/problem.h"
#include "libs/dispatch/solution.h"

namespace derms::dispatch {

// Follows the price within output limits, ramps, budget and, where it pays, switches off and on (greedy_unit.cc).
void PlanUnit(const Problem& problem, const Unit& unit, const Series& price_usd_per_kwh, DeviceSchedule& schedule);

// Minimum everywhere, the rest of the budget in the dearest intervals.
void PlanHydro(const Problem& problem, const Hydro& hydro, const Series& price_usd_per_kwh, DeviceSchedule& schedule);

// +1: a good interval to discharge, -1: to charge, 0: neither.
std::vector<int> StorageWishes(const Problem& problem, const Storage& storage, const Series& price_usd_per_kwh);

// Energy bounds at the end of each interval within which all later bounds, targets and the final minimum can still be
// met, regions aside.
EnergyBounds ReachableBounds(const Problem& problem, const Storage& storage);

enum class LoadRule {
  kByPrice,  // the cheapest intervals
  kEven,     // spread over the window, or from its first interval on
  kLeast,    // what must be, evenly
};
void PlanLoad(const Problem& problem, const FlexibleLoad& load, const Series& price_usd_per_kwh, LoadRule rule,
              DeviceSchedule& schedule);

}  // namespace derms::dispatch
