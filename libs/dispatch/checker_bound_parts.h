// What checker_bound.cc and its device files share; not for others. Each function returns the least value, over all
// schedules of one device, of its cost minus what its injection and headroom are worth plus its own priced rows.
#pragma once

#include <algorithm>

#include "libs/dispatch/checker_parts.h"

namespace derms::dispatch::checking {

// What an injected kW and a kW of headroom are worth to a device, by interval; up and down >= 0.
struct Worth {
  Series injection, up, down;

  // Of one more injected kW: it earns its worth and moves headroom from up to down.
  double Slope(std::size_t t) const { return -injection[t] + up[t] - down[t]; }
};

// Least value of slope x over [low, high].
inline double LeastOnBox(double slope, double low, double high) {
  return slope >= 0.0 ? slope * low : slope * high;
}

// Multipliers of a unit's own rows, already of the right sign, one per interval and one more that is 0.
struct UnitPrices {
  Series ramp_up, ramp_down;
  double energy = 0.0;  // USD/kWh, of the budget
  double carbon = 0.0;  // USD/kg, price and cap together
};
double LeastOfUnit(const Problem& problem, const Unit& unit, const Worth& worth, const UnitPrices& prices);

struct StoragePrices {
  Series stored;                  // of the energy rows, free sign, one more that is 0
  Series energy_up, energy_down;  // of headroom <= energy, >= 0
};
double LeastOfStorage(const Problem& problem, const Storage& storage, const Worth& worth, const StoragePrices& prices);

// `delivered` prices energy = h sum c + undelivered, USD/kWh, free sign.
double LeastOfLoad(const Problem& problem, const FlexibleLoad& load, const Worth& worth, double delivered);

}  // namespace derms::dispatch::checking
