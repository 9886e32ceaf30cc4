// What an emergency order asks of one DER, as a control. Pure.
#pragma once

#include <optional>

#include "libs/domain/control.h"
#include "libs/domain/emergency.h"
#include "libs/domain/region.h"

namespace derms::domain {

// CURTAIL_ALL: 0 kW and no more than that; a battery may charge when a newer order says so. DISCONNECT: off the grid.
// INJECT, ABSORB: measured power plus or minus the order's fraction of the headroom that the orders before it left
// (HeadroomLeftKw), so `state` must be that of the order's start: the reading of a DER that already follows the order
// would count its answer twice. pinning.h has such a state; once the set-point is pinned it is what was pinned.
//
// None when the order does not bind the DER, is an exercise, or asks nothing of it: INJECT and ABSORB without a usable
// power reading, INJECT of sun and wind that have nothing more to give (a set-point would only cap them).
// Holds from starts_at to ends_at, or to ended_at if that is earlier.
std::optional<Control> ControlOf(const EmergencyOrder& order, const DerState& state, const RegionTree& regions);

}  // namespace derms::domain
