// The greedy rules for one device against a price series; see greedy.h.
#pragma once

#include <vector>

#include "libs/dispatch/problem.h"
#include "libs/dispatch/solution.h"

namespace derms::dispatch {

// Follows the price within output limits, ramps and, where it pays over the horizon, switches off.
void PlanUnit(const Problem& problem, const Unit& unit, const Series& price_usd_per_kwh, DeviceSchedule& schedule);

// Minimum everywhere, the rest of the budget in the dearest intervals.
void PlanHydro(const Problem& problem, const Hydro& hydro, const Series& price_usd_per_kwh, DeviceSchedule& schedule);

// +1: a good interval to discharge, -1: to charge, 0: neither.
std::vector<int> StorageWishes(const Problem& problem, const Storage& storage, const Series& price_usd_per_kwh);

// least[t]: energy needed at the end of interval t so that all later bounds and the final target can still be met.
Series LeastEnergyKwh(const Problem& problem, const Storage& storage);

}  // namespace derms::dispatch
