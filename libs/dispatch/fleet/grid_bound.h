// The part of the lower bound that is not storage, units or hydro: demand, grid exchange, peak, level, reserve,
// renewables. What the prices say of a region when every row between its devices is priced (docs/dispatch.md,
// "Certificate"): a sum of minima over boxes.
#pragma once

#include "libs/dispatch/fleet/tree_prices.h"

namespace derms::dispatch::fleet {

// Any prices prove a bound; those of the wrong sign are read as zero, and flattening is brought into its box. USD. Of a
// tree, and of a region without others below.
double GridBound(const RegionModel& model, const TreePrices& prices, const TreeWorth& worth);
double GridBound(const RegionModel& model, const RegionPrices& prices);

// Prices with signs and boxes as GridBound reads them, on a fine grid, so that the intervals of a plateau have the same
// price to the bit; to be applied once, before devices answer to them.
RegionPrices Admissible(const RegionModel& model, RegionPrices prices);
double OnPriceGrid(double price);

}  // namespace derms::dispatch::fleet
