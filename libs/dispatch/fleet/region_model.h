// One region of a fleet, prepared for solving: its clusters, merit orders, and sums over its devices.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "libs/dispatch/fleet/fleet.h"
#include "libs/dispatch/fleet/fleet_schedule.h"
#include "libs/dispatch/fleet/renewable_response.h"

namespace derms::dispatch::fleet {

// Power by the headroom kind of the devices that inject it, [kind][interval].
using Injection = std::array<Series, kHeadroomKinds>;

enum class DeviceKind { kStorage, kUnit, kHydro };

// A run of like devices: begin, end in the columns of their kind.
struct Cluster {
  DeviceKind kind = DeviceKind::kStorage;
  Headroom headroom = kNoHeadroom;
  std::uint32_t begin = 0, end = 0;
};

// How many clusters the surrogate gets, of each kind and region.
struct ClusterCounts {
  std::size_t storage = 8, unit = 12, hydro = 6;
};

struct RenewableModel {
  std::size_t index = 0;  // in Renewables::classes
  const RenewableClass* of = nullptr;
  MeritOrder order;
};

struct RegionModel {
  RegionModel(const Fleet& fleet, int region, const ClusterCounts& counts);

  const Fleet& fleet;
  const int index;
  const FleetRegion& region;
  std::vector<Cluster> clusters;
  std::vector<RenewableModel> renewables;  // all classes but must-take

  Injection must_take_kw;  // what has no choice
  double must_take_cost_usd = 0.0;
  Series most_injection_kw;  // of all devices together
  double most_consumption_kw = 0.0;
  Series highest_up_kw, lowest_down_kw;  // outputs that headroom up and down is measured from

  double AvailableKw(const RenewableClass& of, std::size_t interval, double capacity_kw) const {
    return capacity_kw * fleet.profiles[static_cast<std::size_t>(of.profile)][interval];
  }
  std::size_t count() const { return fleet.intervals(); }
};

// What a device's share of its cluster is measured by: a storage's energy, a unit's and a hydro plant's power.
double DeviceSize(const Fleet& fleet, DeviceKind kind, std::size_t i);

// What a kW injected by a device of this headroom kind is worth, USD per kW by interval.
Series WorthOf(const RegionPrices& prices, Headroom headroom, std::size_t intervals);

Injection NoInjection(std::size_t intervals);
double SumOfKinds(const Injection& injection, std::size_t interval);

inline double At(const Series& series, std::size_t t, double when_empty = 0.0) {
  return series.empty() ? when_empty : series[t];
}

}  // namespace derms::dispatch::fleet
