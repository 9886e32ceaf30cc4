#include "libs/dispatch/fleet/region_model.h"

#include <algorithm>
#include <cmath>

namespace derms::dispatch::fleet {
namespace {

// Cuts the groups of a region into about `wanted` equal clusters, at least one for each group.
void CutClusters(const std::vector<DeviceGroup>& groups, int region, DeviceKind kind, std::size_t wanted,
                 std::vector<Cluster>& clusters) {
  std::size_t total = 0;
  for (const DeviceGroup& group : groups) total += group.region == region ? group.size() : 0;
  if (total == 0) return;
  for (const DeviceGroup& group : groups) {
    if (group.region != region) continue;
    const std::size_t size = group.size();
    const std::size_t share = (wanted * size + total / 2) / total;
    const std::size_t cuts = std::clamp<std::size_t>(share, 1, size);
    for (std::size_t k = 0; k < cuts; ++k) {
      clusters.push_back({kind, group.headroom, group.begin + static_cast<std::uint32_t>(size * k / cuts),
                          group.begin + static_cast<std::uint32_t>(size * (k + 1) / cuts)});
    }
  }
}

}  // namespace

double DeviceSize(const Fleet& fleet, DeviceKind kind, std::size_t i) {
  switch (kind) {
    case DeviceKind::kStorage:
      return static_cast<double>(fleet.storages.energy_max_kwh[i]) -
             static_cast<double>(fleet.storages.energy_min_kwh[i]);
    case DeviceKind::kUnit:
      return fleet.units.max_kw[i];
    case DeviceKind::kHydro:
      break;
  }
  return fleet.hydros.capacity_kw[i];
}

Injection NoInjection(std::size_t intervals) {
  Injection injection;
  injection.fill(Series(intervals, 0.0));
  return injection;
}

double SumOfKinds(const Injection& injection, std::size_t t) {
  return injection[0][t] + injection[1][t] + injection[2][t] + injection[3][t];
}

Series WorthOf(const RegionPrices& prices, Headroom headroom, std::size_t intervals) {
  Series worth(intervals);
  for (std::size_t t = 0; t < intervals; ++t) {
    worth[t] = At(prices.balance, t) + At(prices.flattening, t);
    if ((headroom & kHeadroomUp) != 0) worth[t] -= At(prices.reserve_up, t);
    if ((headroom & kHeadroomDown) != 0) worth[t] += At(prices.reserve_down, t);
  }
  return worth;
}

namespace {

// Adds outputs that a device can reach at most and at least.
void AddRange(RegionModel& model, Headroom headroom, std::size_t t, double highest_kw, double lowest_kw) {
  model.most_injection_kw[t] += highest_kw;
  if ((headroom & kHeadroomUp) != 0) model.highest_up_kw[t] += highest_kw;
  if ((headroom & kHeadroomDown) != 0) model.lowest_down_kw[t] += lowest_kw;
}

void AddConstantRange(RegionModel& model, Headroom headroom, double highest_kw, double lowest_kw) {
  for (std::size_t t = 0; t < model.count(); ++t) AddRange(model, headroom, t, highest_kw, lowest_kw);
}

void AddRenewables(RegionModel& model) {
  const Fleet& fleet = model.fleet;
  for (std::size_t c = 0; c < fleet.renewables.classes.size(); ++c) {
    const RenewableClass& of = fleet.renewables.classes[c];
    if (of.region != model.index) continue;
    double capacity_kw = 0.0, cost_usd_per_hour = 0.0;  // at full weather
    for (std::size_t i = of.begin; i < of.end; ++i) {
      const double capacity = fleet.renewables.capacity_kw[i];
      capacity_kw += capacity;
      cost_usd_per_hour += capacity * static_cast<double>(fleet.renewables.marginal_cost_usd_per_kwh[i]);
    }
    for (std::size_t t = 0; t < model.count(); ++t) {
      const double available = model.AvailableKw(of, t, capacity_kw);
      AddRange(model, of.headroom, t, available, of.must_take ? available : 0.0);
      if (!of.must_take) continue;
      model.must_take_kw[of.headroom][t] += available;
      model.must_take_cost_usd += fleet.hours * model.AvailableKw(of, t, cost_usd_per_hour);
    }
    if (!of.must_take) model.renewables.push_back({c, &of, MeritOrder(fleet.renewables, of)});
  }
}

void AddDevices(RegionModel& model) {
  const Fleet& fleet = model.fleet;
  for (const DeviceGroup& group : fleet.storages.groups) {
    if (group.region != model.index) continue;
    double charge = 0.0, discharge = 0.0;
    for (std::size_t i = group.begin; i < group.end; ++i) {
      charge += static_cast<double>(fleet.storages.charge_max_kw[i]);
      discharge += static_cast<double>(fleet.storages.discharge_max_kw[i]);
    }
    AddConstantRange(model, group.headroom, discharge, -charge);
    model.most_consumption_kw += charge;
  }
  for (const DeviceGroup& group : fleet.units.groups) {
    if (group.region != model.index) continue;
    double highest = 0.0, lowest = 0.0;
    for (std::size_t i = group.begin; i < group.end; ++i) {
      highest += static_cast<double>(fleet.units.max_kw[i]);
      lowest += static_cast<double>(fleet.units.min_kw[i]);
    }
    AddConstantRange(model, group.headroom, highest, lowest);
  }
  for (const DeviceGroup& group : fleet.hydros.groups) {
    if (group.region != model.index) continue;
    for (std::size_t i = group.begin; i < group.end; ++i) {
      const Series& profile = fleet.profiles[static_cast<std::size_t>(fleet.hydros.profile[i])];
      const double capacity = fleet.hydros.capacity_kw[i], lowest = fleet.hydros.min_kw[i];
      for (std::size_t t = 0; t < model.count(); ++t) AddRange(model, group.headroom, t, capacity * profile[t], lowest);
    }
  }
}

}  // namespace

RegionModel::RegionModel(const Fleet& of_fleet, int of_region, const ClusterCounts& counts)
    : fleet(of_fleet),
      index(of_region),
      region(of_fleet.regions[static_cast<std::size_t>(of_region)]),
      must_take_kw(NoInjection(of_fleet.intervals())),
      most_injection_kw(of_fleet.intervals(), 0.0),
      highest_up_kw(of_fleet.intervals(), 0.0),
      lowest_down_kw(of_fleet.intervals(), 0.0) {
  AddRenewables(*this);
  AddDevices(*this);
  CutClusters(fleet.units.groups, index, DeviceKind::kUnit, counts.unit, clusters);
  CutClusters(fleet.hydros.groups, index, DeviceKind::kHydro, counts.hydro, clusters);
  CutClusters(fleet.storages.groups, index, DeviceKind::kStorage, counts.storage, clusters);
}

}  // namespace derms::dispatch::fleet
