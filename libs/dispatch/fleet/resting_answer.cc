#include "libs/dispatch/fleet/resting_answer.h"

#include <algorithm>

#include "libs/dispatch/fleet/grid_bound.h"
#include "libs/dispatch/fleet/hydro_response.h"
#include "libs/dispatch/fleet/response_pass.h"
#include "libs/dispatch/fleet/storage_response.h"
#include "libs/dispatch/fleet/unit_response.h"

namespace derms::dispatch::fleet {
namespace {

// Charges as late as it can, so that losses are small and nothing is done that need not be.
void RestStorage(const StorageTerms& s, double hours, std::span<float> power_kw) {
  const double charged = hours * s.charge_efficiency, in = charged * s.charge_max_kw;
  const double last = std::max(s.final_energy_min_kwh, s.energy_min_kwh);
  if (s.keep == 1.0 && s.initial_energy_kwh >= last) {
    std::fill(power_kw.begin(), power_kw.end(), 0.0F);
    return;
  }
  double energy = s.initial_energy_kwh;
  // What must be in store before the last intervals, backwards; then what is missing, forwards.
  std::vector<double> required(power_kw.size() + 1, last);
  for (std::size_t t = power_kw.size(); t-- > 0;) {
    required[t] = std::max((required[t + 1] - in) / s.keep, s.energy_min_kwh);
  }
  for (std::size_t t = 0; t < power_kw.size(); ++t) {
    const double enter = std::clamp(required[t + 1] - s.keep * energy, 0.0, in);
    energy = s.keep * energy + enter;
    power_kw[t] = static_cast<float>(charged > 0.0 ? -enter / charged : 0.0);
  }
}

void RestUnit(const UnitTerms& unit, std::span<float> power_kw) {
  double power = unit.starts_anywhere() ? unit.min_kw : unit.initial_kw;
  for (float& to : power_kw) {
    power = std::clamp(power, unit.min_kw, unit.max_kw);
    to = static_cast<float>(power);
  }
}

double SumAbove(const Series& worth, double price) {
  double sum = 0.0;
  for (double value : worth) sum += std::max(value - price, 0.0);
  return sum;
}

// Of one cluster's devices.
double ClusterBound(const RegionModel& model, const Cluster& cluster, const Series& worth) {
  const Fleet& fleet = model.fleet;
  Series sorted = worth;
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
  std::nth_element(sorted.begin(), middle, sorted.end());
  const double value = std::max(*middle, 0.0);  // of an hour's kW in store: the median of what one is worth outside
  double charging = 0.0, total = 0.0, bound = 0.0;
  for (double one : worth) {
    charging += std::max(value - one, 0.0);
    total += one;
  }
  const double discharging = SumAbove(worth, value);
  for (std::size_t i = cluster.begin; i < cluster.end; ++i) {
    if (cluster.kind == DeviceKind::kStorage) {
      const StorageTerms s = StorageTerms::Of(fleet.storages, i);
      const double last = std::max(s.final_energy_min_kwh, s.energy_min_kwh);
      bound -= value / fleet.hours * (s.initial_energy_kwh - last) + s.charge_max_kw * charging +
               s.discharge_max_kw * discharging;
    } else if (cluster.kind == DeviceKind::kUnit) {
      const UnitTerms unit = UnitTerms::Of(fleet.units, i);
      const double price = unit.piece_usd_per_kwh.empty() ? 0.0 : static_cast<double>(unit.piece_usd_per_kwh[0]);
      bound += static_cast<double>(worth.size()) * fleet.hours * unit.cost_at_min_usd_per_hour - total * unit.min_kw -
               SumAbove(worth, fleet.hours * price) * (unit.max_kw - unit.min_kw);
    } else {
      const HydroTerms hydro = HydroTerms::Of(fleet, i);
      const double cost = fleet.hours * hydro.marginal_cost_usd_per_kwh;
      for (std::size_t t = 0; t < worth.size(); ++t) {
        const double room = std::max(hydro.capacity_kw * hydro.profile[t] - hydro.min_kw, 0.0);
        bound += (cost - worth[t]) * hydro.min_kw - std::max(worth[t] - cost, 0.0) * room;
      }
    }
  }
  return bound;
}

}  // namespace

void WriteResting(const RegionModel& model, FleetSchedule& schedule) {
  for (const Cluster& cluster : model.clusters) {
    for (std::size_t i = cluster.begin; i < cluster.end; ++i) {
      const std::span<float> to = PowersOf(schedule, cluster.kind, i, model.count());
      switch (cluster.kind) {
        case DeviceKind::kStorage:
          RestStorage(StorageTerms::Of(model.fleet.storages, i), model.fleet.hours, to);
          break;
        case DeviceKind::kUnit:
          RestUnit(UnitTerms::Of(model.fleet.units, i), to);
          break;
        case DeviceKind::kHydro:
          std::fill(to.begin(), to.end(), model.fleet.hydros.min_kw[i]);
          break;
      }
    }
  }
}

double RestingBound(const RegionModel& model, const RegionPrices& prices) {
  double bound = GridBound(model, prices);
  for (const Cluster& cluster : model.clusters) {
    bound += ClusterBound(model, cluster, WorthOf(prices, cluster.headroom, model.count()));
  }
  return bound;
}

}  // namespace derms::dispatch::fleet
