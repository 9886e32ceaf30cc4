// What the fleet engine returns: powers, flows, cost, and the prices that prove a lower bound.
#pragma once

#include <vector>

#include "libs/dispatch/fleet/fleet.h"

namespace derms::dispatch::fleet {

// Of "headroom <= what energy carries" (Fleet::reserve_hours) of the storages [begin, end): USD per kW, >= 0 and at
// most the price of the headroom (backing.h); an empty series means zeros.
struct BackingPrices {
  std::uint32_t begin = 0, end = 0;
  Series up, down;
};

// Lagrange multipliers of a region's rows, USD per kW of the row in the interval (solution.h, Multipliers). ANY values
// of the right sign prove a bound. A kW injected in a region is worth balance + flattening of its root and, for it and
// each region above it but the root, import_limit - export_limit; an empty series means zeros.
struct RegionPrices {
  Series balance;                           // of a root
  Series flattening;                        // of a root
  Series reserve_up, reserve_down;          // >= 0
  Series peak;                              // >= 0, of a root: imported <= peak
  Series import_limit, export_limit;        // >= 0, of a region below another
  std::vector<BackingPrices> backing = {};  // of a root; runs of its storages
};

struct RegionFlows {
  Series net_import_kw;
  Series shed_kw, over_kw;
  Series reserve_short_up_kw, reserve_short_down_kw;  // empty where none is asked for
};

struct FleetSchedule {
  // Net injection, [device][interval].
  std::vector<float> storage_kw, unit_kw, hydro_kw;
  // [class][interval]: capacity taken in merit order. Device i of the class, with the capacity `before` of those ahead
  // of it, injects profile x clamp(taken - before, 0, capacity).
  std::vector<double> renewable_taken_kw;
  std::vector<RegionFlows> regions;
  double cost_usd = 0.0;

  std::vector<RegionPrices> prices;
  double lower_bound_usd = 0.0;

  double gap_usd() const { return cost_usd - lower_bound_usd; }
  double relative_gap() const;
};

inline double FleetSchedule::relative_gap() const {
  const double size = cost_usd < 0.0 ? -cost_usd : cost_usd;
  return size > 0.0 ? gap_usd() / size : 0.0;
}

}  // namespace derms::dispatch::fleet
