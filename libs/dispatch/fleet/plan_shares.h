// Every device takes its share of the surrogate's plan, as far as its own limits allow: a schedule in a few operations
// per device and interval, for deadlines that leave no time for exact answers.
//
// Shares are by size (DeviceSize). What a device misses goes to the next few of its cluster, so that the sum stays near
// the plan. Storage keeps enough time to charge what it must hold at the end.
#pragma once

#include "libs/dispatch/fleet/surrogate.h"

namespace derms::dispatch::fleet {

// Writes the powers of all storage, units and hydro plants of the region. `surrogate` has solved the whole of it.
void WriteShares(const RegionModel& model, const Surrogate& surrogate, FleetSchedule& schedule);

}  // namespace derms::dispatch::fleet
