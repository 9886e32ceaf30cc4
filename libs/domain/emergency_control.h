// What an emergency order asks of one DER, as a control. Pure.
#pragma once

#include <optional>
#include <vector>

#include "libs/domain/control.h"
#include "libs/domain/emergency.h"
#include "libs/domain/instruction.h"
#include "libs/domain/region.h"

namespace derms::domain {

// CURTAIL_ALL: 0 kW and no more than that; a battery may charge when a newer order says so. CEASE_TO_ENERGIZE: 0 kW, no
// more and no less. DISCONNECT: off the grid. ISLAND, BLACK_START: the mode alone; what the island needs counts.
// INJECT, ABSORB: measured power, or what the orders before it ask, plus or minus the order's fraction of the headroom
// that these left (MovedToKw). REDUCE: no more than measured power less such a part (ReducedToKw). So of these three
// `state` must be that of the order's start: the reading of a DER that already follows the order would count its answer
// twice. pinning.h has such a state; once it is pinned, what was pinned counts.
//
// None when the order does not bind the DER, is an exercise, or asks nothing of it: INJECT, ABSORB and REDUCE without a
// usable power reading, INJECT of sun and wind that have nothing more to give (a set-point would only cap them), REDUCE
// of a class that it does not use, or of a DER that the orders before it left nothing of.
// Holds from starts_at until the order is over (ends_at, or ended_at if that is earlier) and the DER's turn to return
// has come (restoration.h).
std::optional<Control> ControlOf(const EmergencyOrder& order, const DerState& state, const RegionTree& regions);

// The same with the steps in which a large DER returns.
std::vector<Control> ControlsOf(const EmergencyOrder& order, const DerState& state, const RegionTree& regions);

// What such an order told the DER, as it is at `now`: an order that gives its DERs back in stages, also one that is
// over, ends it when the DER's turn has come, and has it revoked then if it was released. Of other orders as given.
Instruction UntilItsTurn(Instruction instruction, const EmergencyOrder& order, const Der& der, absl::Time now);

}  // namespace derms::domain
