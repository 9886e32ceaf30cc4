// Which devices of a re-solve are solved again for the whole horizon; the others keep their plan (plan_keeper.h).
//
// Large devices more often: an answer takes as long for a small one, and makes up for less. Systematic sampling with
// probability in proportion to size (Madow 1949) takes the largest each time and all others in turn. Devices stand
// alike beside alike, so a sample stands for its cluster.
//
// Clusters that lose more by their plans get a larger part: where the price of a plateau has moved, the plans of the
// devices that act on it are the ones to change. What they lose is estimated by a few devices of each cluster.
#pragma once

#include <span>
#include <vector>

#include "libs/dispatch/fleet/plan_keeper.h"
#include "libs/dispatch/fleet/response_pass.h"
#include "libs/dispatch/fleet/warm_start.h"

namespace derms::dispatch::fleet {

struct Turn {
  std::vector<double> share;  // of the devices of each cluster; empty: all are solved, in blocks
  double first = 0.0;         // where sampling begins, 0..1
  int blocks_before = 0;      // of the devices that keep their plan
};

// Of a whole that costs `cost_usd`, about; `prices` are the newest.
Turn ChooseTurn(const RegionModel& model, const RegionPrices& prices, double cost_usd, const PlanKeeper& keeper,
                const WarmPass& pass, std::uint32_t round, ResponseSpace& space);

// A share of the devices, the largest in any case, the others about as often as they are large. `first`, 0..1, is
// where it begins.
std::vector<bool> SampleBySize(std::span<const double> sizes, double share, double first);

}  // namespace derms::dispatch::fleet
