// Sweeps over the lots of a scheduled tree, against what the root misses.
//
// At good prices, what the root draws beyond what its prices ask for (nothing, where they lie between those of import
// and export; the highest import, where that has a price) is a loss; so is a lot's limit that has a price and is not
// met. A sweep asks batch after batch of lots for their part of what is missed at that moment, and devices make up for
// it as they would for a plan (anchored_pass.h).
#pragma once

#include "libs/dispatch/fleet/anchored_pass.h"
#include "libs/dispatch/fleet/tree_balance.h"
#include "libs/dispatch/fleet/tree_pass.h"

namespace derms::dispatch::fleet {

// One sweep over the lots right below the root. `balance` is that of `pass`, which is changed with the schedule.
// Between batches it may be stopped; pass and schedule then fit each other as always.
void SweepLots(const RegionModel& model, const AnchorOptions& options, const std::vector<Lot>& lots,
               const TreePrices& prices, const TreeWorth& worth, const TreeBalance& balance, Workers& workers,
               std::vector<ResponseSpace>& spaces, const EngineLimits& limits, FleetSchedule& schedule,
               TreePassResult& pass);

}  // namespace derms::dispatch::fleet
