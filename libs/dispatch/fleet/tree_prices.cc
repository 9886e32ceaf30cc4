#include "libs/dispatch/fleet/tree_prices.h"

#include <algorithm>
#include <cmath>

#include "libs/dispatch/fleet/grid_bound.h"

namespace derms::dispatch::fleet {

TreePrices AdmissibleTree(const RegionModel& model, TreePrices prices) {
  for (std::size_t p = 0; p < prices.size(); ++p) {
    if (p == 0) {
      prices[p] = Admissible(model, std::move(prices[p]));
      continue;
    }
    const FleetRegion& region = model.RegionOf(model.parts[p]);
    const auto positive = [](Series& series) {
      for (double& value : series) value = std::max(OnPriceGrid(value), 0.0);
    };
    const auto only_where_limited = [](const Series& limit_kw, Series& series) {
      for (std::size_t t = 0; t < series.size(); ++t) series[t] = std::isfinite(limit_kw[t]) ? series[t] : 0.0;
    };
    positive(prices[p].reserve_up);
    positive(prices[p].reserve_down);
    positive(prices[p].import_limit);
    positive(prices[p].export_limit);
    only_where_limited(region.import_limit_kw, prices[p].import_limit);
    only_where_limited(region.export_limit_kw, prices[p].export_limit);
    if (region.reserve_up_kw.empty()) prices[p].reserve_up.clear();
    if (region.reserve_down_kw.empty()) prices[p].reserve_down.clear();
  }
  return prices;
}

TreeWorth::TreeWorth(const RegionModel& model, const TreePrices& prices) : worth_(model.parts.size()) {
  for (std::size_t p = 0; p < model.parts.size(); ++p) {
    for (std::size_t kind = 0; kind < kHeadroomKinds; ++kind) {
      // Empty for the root but for its balance: WorthOf takes all that counts by headroom.
      Series worth = WorthOf(prices[p], static_cast<Headroom>(kind), model.count());
      for (std::size_t t = 0; t < model.count(); ++t) {
        if (p > 0) worth[t] += worth_[static_cast<std::size_t>(model.parts[p].parent)][kind][t];
        worth[t] += At(prices[p].import_limit, t) - At(prices[p].export_limit, t);
      }
      worth_[p][kind] = std::move(worth);
    }
  }
}

}  // namespace derms::dispatch::fleet
