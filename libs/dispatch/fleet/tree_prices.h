// Prices of a tree of regions, and what they make of a kW injected anywhere in it.
#pragma once

#include <array>
#include <vector>

#include "libs/dispatch/fleet/region_model.h"

namespace derms::dispatch::fleet {

using TreePrices = std::vector<RegionPrices>;  // by RegionModel::parts

// With signs and boxes as the bound reads them, on the fine grid of Admissible (grid_bound.h).
TreePrices AdmissibleTree(const RegionModel& model, TreePrices prices);

// USD per kW injected by a device of a headroom kind, by part: WorthOf of the root plus, for each region on the way
// down, import_limit - export_limit and the prices of its own headroom requirement.
class TreeWorth {
 public:
  TreeWorth() = default;
  TreeWorth(const RegionModel& model, const TreePrices& prices);

  const Series& operator()(std::size_t part, Headroom headroom) const { return worth_[part][headroom]; }

 private:
  std::vector<std::array<Series, kHeadroomKinds>> worth_;
};

}  // namespace derms::dispatch::fleet
