// The last touch to a schedule of a region: some storages, one after the other, against what the grid charges for what
// the devices missed.
//
// In an interval the exchange with the grid has a price that steps up with net import: from export to import, at the
// peak so far, at the limit, and where headroom begins to lack. A pass that follows prices and plans leaves net import
// beside such a step, and that costs the difference. Here one storage at a time gets the best answer to the step that
// is next to where net import stands, all others unchanged: coordinate descent on the true cost. It costs one answer a
// storage, where a better plan for all would take another linear program.
//
// Renewables that are not taken would soften the step at zero; they are read as if they could not move, so a storage
// may do less than it could, but nothing that costs.
#pragma once

#include "libs/dispatch/fleet/anchored_pass.h"
#include "libs/dispatch/fleet/grid_balance.h"

namespace derms::dispatch::fleet {

// `balance` is of `anchored`, which is changed with the schedule; a share of the storages, sampled by size (turn.h).
// Regions with flattening, headroom down or headroom that energy must back are left as they are.
void SweepGrid(const RegionModel& model, const BalanceResult& balance, double share, double first, ResponseSpace& space,
               FleetSchedule& schedule, AnchoredResult& anchored);

}  // namespace derms::dispatch::fleet
