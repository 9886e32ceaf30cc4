// Prices of the limits of small regions, each by itself: a small linear program of a few virtual devices that buys and
// sells at its parent's prices (surrogate.h on a PricedRoot). What a kW is worth more, or less, inside than outside is
// the price of the limit. Only lots whose limits may bind are asked.
#pragma once

#include "libs/dispatch/fleet/lots.h"
#include "libs/dispatch/fleet/surrogate.h"
#include "libs/dispatch/fleet/tree_prices.h"
#include "libs/dispatch/fleet/workers.h"

namespace derms::dispatch::fleet {

// Enters the prices of the limits and of the headroom requirements of all lots with limits into `prices`, which knows
// those of the regions above. Returns how many lots were asked.
absl::StatusOr<int> PriceLots(const RegionModel& model, const Forest& forest, const std::vector<Lot>& lots,
                              const Surrogate& surrogate, TreePrices& prices, Workers& workers,
                              const EngineLimits& limits);

}  // namespace derms::dispatch::fleet
