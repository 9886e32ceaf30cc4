// Prices of the limits of small regions, each by itself: a small linear program of a few virtual devices that buys and
// sells at its parent's prices (surrogate.h on a PricedRoot). What a kW is worth more, or less, inside than outside is
// the price of the limit. Only lots whose limits may bind are asked.
#pragma once

#include "libs/dispatch/fleet/lots.h"
#include "libs/dispatch/fleet/surrogate.h"
#include "libs/dispatch/fleet/tree_prices.h"
#include "libs/dispatch/fleet/workers.h"

namespace derms::dispatch::fleet {

// What a lot's own program plans for its devices.
struct LotPlan {
  std::vector<Series> kw_per_size;  // of its virtual devices: power per unit of DeviceSize; empty: it was not asked
  std::vector<std::uint32_t> virtual_of;  // by Lot::devices
  Series draw_kw;                         // from above; empty: not yet known
  Injection injection_kw;                 // of its devices, with draw_kw
  Injection hidden_kw;                    // part of it: what they do beside their virtual ones; of lots of one region
  std::vector<unsigned char> basis;       // of the program; empty: none

  bool was_asked() const { return !basis.empty(); }
};

// Enters the prices of the limits and of the headroom requirements of all lots with limits into `prices`, which knows
// those of the regions above. Where a lot is indifferent it exchanges its share of the surrogate's plan or, where
// `plans` know what it drew the last time, that and its share of `more_draw_kw`, by pool above.
absl::Status PriceLots(const RegionModel& model, const Forest& forest, const std::vector<Lot>& lots,
                       const Surrogate& surrogate, const std::vector<Series>& more_draw_kw, TreePrices& prices,
                       std::vector<LotPlan>& plans, Workers& workers, const EngineLimits& limits);

}  // namespace derms::dispatch::fleet
