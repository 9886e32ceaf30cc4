// Problems for tests: hand-made small ones and random ones by seed.
#pragma once

#include <cstdint>

#include "libs/dispatch/problem.h"

namespace derms::dispatch::testing {

// What a random problem may contain.
struct RandomShape {
  int intervals = 12;
  int devices = 10;
  bool nested_regions = true;
  bool negative_prices = false;
  bool flat_prices = false;  // one import and one export price: ties everywhere
  bool committable_units = false;
  bool reserve = true;
  bool preferences = true;     // peak charge, flattening, curtailment price, carbon price
  bool storage_plans = false;  // energy targets, inflow, reserve backed by energy
  bool unit_times = false;     // with committable_units: minimum times, start steps, start and stop ramps, maintenance
  bool quadratic = false;      // cost
  bool budgets = false;        // of units' energy, and of hydro's in parts of the horizon
  bool flexible_loads = false;
  bool carbon_cap = false;
};

// Always feasible: final energies and targets lie below initial ones, must-run units fit their region's limits by
// throwing away, loads that must run fit everywhere, the carbon cap lies above what must be emitted.
Problem RandomProblem(std::uint64_t seed, const RandomShape& shape);

// One root region "CA" with demand and an import price in each interval, one hour each.
Problem SingleRegion(const Series& demand_kw, const Series& import_price_usd_per_kwh);

// 100 kW, 400 kWh, half full and free to end anywhere above empty, 90 % each way.
Device Battery(const std::string& id);

// Adds a profile and a renewable that follows it.
Device& AddRenewable(Problem& problem, const std::string& id, const Series& availability_kw);

}  // namespace derms::dispatch::testing
