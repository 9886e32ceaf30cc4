// A root region of a fleet with all regions below it, prepared for solving: clusters, merit orders, sums over devices.
//
// The surrogate cannot hold thousands of feeders. It sees pools: the root, each large area, and classes of alike
// feeders below the same pool, which stand for their sum. Without regions below there is one pool. pools.h says which
// is which.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <vector>

#include "libs/dispatch/fleet/fleet.h"
#include "libs/dispatch/fleet/fleet_schedule.h"
#include "libs/dispatch/fleet/forest.h"
#include "libs/dispatch/fleet/renewable_response.h"

namespace derms::dispatch::fleet {

// Power by the headroom kind of the devices that inject it, [kind][interval].
using Injection = std::array<Series, kHeadroomKinds>;

enum class DeviceKind { kStorage, kUnit, kHydro };

// A run of like devices of a pool: begin, end in the columns of their kind, or in `order` where there is one.
struct Cluster {
  DeviceKind kind = DeviceKind::kStorage;
  Headroom headroom = kNoHeadroom;
  std::uint32_t begin = 0, end = 0;
  std::size_t pool = 0;
  const std::vector<std::uint32_t>* order = nullptr;

  std::uint32_t Device(std::uint32_t position) const { return order == nullptr ? position : (*order)[position]; }
};

// How many clusters the surrogate gets, of each kind and region. Pools share them, but get at least one of each kind.
struct ClusterCounts {
  std::size_t storage = 8, unit = 12, hydro = 6;
  std::size_t merit_steps = 6;  // of renewables, in each pool and headroom kind
};

struct RenewableModel {
  std::size_t index = 0;  // in Renewables::classes
  const RenewableClass* of = nullptr;
  MeritOrder order;
  std::size_t part = 0;
};

// What the devices of one region, or of several, can do together.
struct DeviceSums {
  explicit DeviceSums(std::size_t intervals);
  void Add(const DeviceSums& other);

  Injection must_take_kw;  // what has no choice
  double must_take_cost_usd = 0.0;
  Series most_injection_kw;  // of all devices together
  double most_consumption_kw = 0.0;
  Series highest_up_kw, lowest_down_kw;  // outputs that headroom up and down is measured from
};

// One region of the tree by itself.
struct RegionPart {
  int region = 0;        // in Fleet::regions
  int parent = -1;       // in RegionModel::parts
  std::size_t pool = 0;  // in RegionModel::pools
  DeviceSums own, with_below;
  std::vector<std::size_t> renewables;  // in RegionModel::renewables
};

struct Pool {
  int parent = -1;                 // in RegionModel::pools
  std::vector<std::size_t> parts;  // its regions
  Series demand_kw, import_limit_kw, export_limit_kw;
  Series reserve_up_kw, reserve_down_kw;  // empty: none
  DeviceSums own, with_below;
};

// The root of a model that is not the fleet's own: a region that buys and sells at its parent's prices.
struct PricedRoot {
  FleetRegion region;
  std::array<Series, kHeadroomKinds> premium = {};  // of headroom on a kW injected, USD per kW; empty: none
  Series wished_import_kw = {};                     // negative: export; leaving it costs:
  double rho_usd_per_kwh = 0.0;
};

// The sums are those of the whole tree.
struct RegionModel : DeviceSums {
  RegionModel(const Fleet& fleet, int region, const ClusterCounts& counts);
  // A part of a tree by itself, at the prices of what is above it.
  RegionModel(const Fleet& fleet, const Forest& forest, int region, const ClusterCounts& counts, PricedRoot priced);
  RegionModel(const RegionModel&) = delete;
  RegionModel& operator=(const RegionModel&) = delete;

  const Fleet& fleet;
  const int index;
  const PricedRoot priced;  // empty for a root of the fleet
  const FleetRegion& region;
  const ClusterCounts counts;
  std::vector<RegionPart> parts;  // [0] is the root; parents first
  std::vector<Pool> pools;        // likewise
  std::vector<Cluster> clusters;
  std::vector<RenewableModel> renewables;  // all classes but must-take

  bool is_flat() const { return parts.size() == 1; }
  double AvailableKw(const RenewableClass& of, std::size_t interval, double capacity_kw) const {
    return capacity_kw * fleet.profiles[static_cast<std::size_t>(of.profile)][interval];
  }
  std::size_t count() const { return fleet.intervals(); }
  const FleetRegion& RegionOf(const RegionPart& part) const {
    return part.parent < 0 ? region : fleet.regions[static_cast<std::size_t>(part.region)];
  }

 private:
  friend class ModelBuilder;

  std::array<std::vector<std::uint32_t>, 3> order_;  // by kind; empty for a flat region
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
