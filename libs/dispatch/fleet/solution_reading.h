// A fleet's schedule and prices as a Solution of the problem that it was compiled from.
#pragma once

#include "libs/dispatch/fleet/compile.h"
#include "libs/dispatch/fleet/fleet_schedule.h"
#include "libs/dispatch/solution.h"

namespace derms::dispatch::fleet {

Solution ReadSolution(const Problem& problem, const CompiledFleet& compiled, const FleetSchedule& schedule);

}  // namespace derms::dispatch::fleet
