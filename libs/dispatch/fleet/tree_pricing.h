// Prices of a whole tree of regions: the surrogate and the programs of the lots, brought to agree.
//
// The surrogate sees sums of feeders and plans exchange that single feeders cannot keep: the sum of their limits is
// wider than their limits. So after the lots have answered its prices (lot_prices.h), what they draw beyond its plan
// is entered into it as given, and it is solved again: iterative aggregation. Where that comes to rest, the lots' sum
// balances at prices that every lot's plan is best at. Each round starts from the bases of the last.
#pragma once

#include <functional>

#include "libs/dispatch/fleet/lot_prices.h"

namespace derms::dispatch::fleet {

struct PricedTree {
  TreePrices prices;
  std::vector<LotPlan> plans;  // by lot
};

// `surrogate` has solved the whole tree. `visit` sees the prices of every round; its errors end the search.
absl::StatusOr<PricedTree> PriceTree(const RegionModel& model, const Forest& forest, const std::vector<Lot>& lots,
                                     int rounds, Surrogate& surrogate, Workers& workers, const EngineLimits& limits,
                                     const std::function<absl::Status(const TreePrices&)>& visit);

}  // namespace derms::dispatch::fleet
