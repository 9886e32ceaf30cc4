// What proves the engine's bound, device by device: its own rows' prices, recomputed when somebody asks.
#pragma once

#include "libs/dispatch/fleet/fleet.h"
#include "libs/dispatch/fleet/fleet_checker.h"

namespace derms::dispatch::fleet {

// The callbacks keep a workspace: one thread at a time. The fleet must outlive them.
DeviceMultipliers MultipliersOf(const Fleet& fleet);

}  // namespace derms::dispatch::fleet
