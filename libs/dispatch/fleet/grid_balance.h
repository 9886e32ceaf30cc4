// The grid's part of a schedule: given what storage, units and hydro inject, the cheapest exchange, renewables, load
// not served and energy thrown away that balance every interval.
//
// In an interval, net import is a supply curve of a few steps (throw away, export, import, shed), renewables are
// another (merit order), and they cross at one price. Headroom prices shift a renewable's place in the order.
// Flattening bends the curve at a level that the caller gives. Peak import follows from the exchange. (The curve is
// exact per interval; peak charge and headroom price of the interval are taken as given.)
#pragma once

#include "libs/dispatch/fleet/backing.h"
#include "libs/dispatch/fleet/region_model.h"

namespace derms::dispatch::fleet {

struct BalanceResult {
  RegionFlows flows;
  double cost_usd = 0.0;  // of everything that is not storage, units and hydro
  bool balanced = true;   // false: devices consume more than demand shed and import can leave them
};

// Writes the taken capacity of the region's renewable classes into `taken_kw`, [class][interval].
BalanceResult BalanceGrid(const RegionModel& model, const Injection& devices_kw, const Unbacked& unbacked,
                          const RegionPrices& prices, double level_kw, std::vector<double>& taken_kw);

// What a root pays for its exchange with the grid: energy, peak, flattening. USD.
double ExchangeCost(const FleetRegion& root, double hours, const Series& net_import_kw);

}  // namespace derms::dispatch::fleet
