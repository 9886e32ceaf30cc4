// A fleet one step later, as a rolling horizon sees it: for tests and the benchmark.
//
// What was planned for the intervals that passed has happened; forecasts have been revised. Demand is revised by 0.8 %
// and the weather by 2 % (standard deviation; first-order autoregressive along the horizon), each revision on top of
// the last forecast, and metered energy in storage is off the plan by 2 % of its range.
#pragma once

#include <cstdint>

#include "libs/dispatch/fleet/fleet.h"
#include "libs/dispatch/fleet/fleet_schedule.h"

namespace derms::dispatch::fleet::testing {

// `passed` >= 0 intervals of `schedule` were applied; the day repeats at the far end of the horizon. Hydro plants have
// used the water of what passed and been refilled at the rate of their budget.
Fleet LaterFleet(const Fleet& fleet, const FleetSchedule& schedule, int passed, std::uint64_t seed);

}  // namespace derms::dispatch::fleet::testing
