// The balance of a tree of regions: given what storage, units and hydro inject everywhere, the cheapest exchange, flows
// between regions, renewables, load not served and energy thrown away.
//
// In an interval, what a region draws falls with the price at its connection: renewables come in by merit order, at the
// ends load is shed or energy thrown away, and regions below add what they draw at that price. A limit clamps the
// draw: min over a box of (convex cost + price x draw) is the unconstrained optimum, clamped. So the root's price is
// found by bisection on one falling function, and a region that stands at its limit has a price of its own, found in
// the same way. The draw between two adjacent prices is blended.
#pragma once

#include "libs/dispatch/fleet/tree_prices.h"
#include "libs/dispatch/fleet/workers.h"

namespace derms::dispatch::fleet {

struct TreeBalance {
  std::vector<RegionFlows> flows;  // by RegionModel::parts
  Series spare_up_kw;              // of the root's headroom upwards, negative: short; empty: none required
  double cost_usd = 0.0;           // of everything that is not storage, units and hydro
  bool balanced = true;            // false: devices somewhere consume more than shedding and limits can leave them
};

// Writes the taken capacity of the tree's renewable classes into `taken_kw`, [class][interval]. `worth` tells
// headroom's share in the merit order, `level_kw` is that of flattening.
TreeBalance BalanceTree(const RegionModel& model, const std::vector<Injection>& devices_kw, const TreeWorth& worth,
                        double level_kw, std::vector<double>& taken_kw, Workers& workers);

}  // namespace derms::dispatch::fleet
