#include "libs/dispatch/fleet/warm_start.h"

#include <algorithm>
#include <cmath>

namespace derms::dispatch::fleet {
namespace {

bool FitsSeries(const Series& series, std::size_t intervals) {
  return series.empty() || (series.size() == intervals && std::all_of(series.begin(), series.end(), [](double value) {
                              return std::isfinite(value);
                            }));
}

}  // namespace

bool FitsPrices(const RegionPrices& prices, std::size_t intervals) {
  return prices.balance.size() == intervals && FitsSeries(prices.balance, intervals) &&
         FitsSeries(prices.flattening, intervals) && FitsSeries(prices.reserve_up, intervals) &&
         FitsSeries(prices.reserve_down, intervals) && FitsSeries(prices.peak, intervals);
}

void KeepForNext(const Fleet& fleet, const FleetSchedule& schedule, WarmStart& next) {
  next.interval_count = fleet.interval_count;
  next.storage_kw = schedule.storage_kw;
  next.unit_kw = schedule.unit_kw;
  next.hydro_kw = schedule.hydro_kw;
  next.energy_kwh = fleet.storages.initial_energy_kwh;
}

bool Fits(const WarmStart& warm, const Fleet& fleet) {
  const std::size_t intervals = fleet.intervals();
  return warm.interval_count == fleet.interval_count && warm.intervals_passed >= 0 &&
         warm.intervals_passed < warm.interval_count && warm.storage_kw.size() == fleet.storages.size() * intervals &&
         warm.unit_kw.size() == fleet.units.size() * intervals &&
         warm.hydro_kw.size() == fleet.hydros.size() * intervals && warm.energy_kwh.size() == fleet.storages.size();
}

}  // namespace derms::dispatch::fleet
