// A schedule and a bound at once, for a deadline that leaves no time to ask the devices: a few operations a device.
//
// Storage rests and charges at the end what it must hold then, units go on as they ran (as far as ramps must), hydro
// runs at its minimum. The bound prices every device with one value of stored energy and no ramps, and makes storage a
// little better than it is (no losses, no wear): with v the value per kWh and w the worth,
//     storage  >= - v (initial - final energy) - charge_max sum max(h v - w, 0) - discharge_max sum max(w - h v, 0)
//     unit     >= sum h cost_at_min - w min - max(w - h price of the first piece, 0) (max - min)
//     hydro    >= sum (h cost - w) min - max(w - h cost, 0) (available - min)
// each a minimum over a larger set or of a smaller cost (v >= 0), so the sum with the grid's part is a lower bound.
#pragma once

#include "libs/dispatch/fleet/region_model.h"

namespace derms::dispatch::fleet {

// Writes the powers of all storage, units and hydro plants of the region.
void WriteResting(const RegionModel& model, FleetSchedule& schedule);

// Lower bound on the region's cost that admissible prices prove that way, USD.
double RestingBound(const RegionModel& model, const RegionPrices& prices);

}  // namespace derms::dispatch::fleet
