#include "libs/dispatch/fleet/region_model.h"

#include <algorithm>
#include <cmath>

#include "libs/dispatch/fleet/likeness.h"
#include "libs/dispatch/fleet/pools.h"

namespace derms::dispatch::fleet {

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

DeviceSums::DeviceSums(std::size_t intervals)
    : must_take_kw(NoInjection(intervals)),
      most_injection_kw(intervals, 0.0),
      highest_up_kw(intervals, 0.0),
      lowest_down_kw(intervals, 0.0) {}

void DeviceSums::Add(const DeviceSums& other) {
  const auto add = [](const Series& from, Series& to) {
    for (std::size_t t = 0; t < to.size(); ++t) to[t] += from[t];
  };
  for (std::size_t kind = 0; kind < kHeadroomKinds; ++kind) add(other.must_take_kw[kind], must_take_kw[kind]);
  must_take_cost_usd += other.must_take_cost_usd;
  add(other.most_injection_kw, most_injection_kw);
  most_consumption_kw += other.most_consumption_kw;
  add(other.highest_up_kw, highest_up_kw);
  add(other.lowest_down_kw, lowest_down_kw);
}

namespace {

// Adds outputs that a device can reach at most and at least.
void AddRange(DeviceSums& sums, Headroom headroom, std::size_t t, double highest_kw, double lowest_kw) {
  sums.most_injection_kw[t] += highest_kw;
  if ((headroom & kHeadroomUp) != 0) sums.highest_up_kw[t] += highest_kw;
  if ((headroom & kHeadroomDown) != 0) sums.lowest_down_kw[t] += lowest_kw;
}

void AddConstantRange(DeviceSums& sums, Headroom headroom, double highest_kw, double lowest_kw) {
  for (std::size_t t = 0; t < sums.most_injection_kw.size(); ++t) AddRange(sums, headroom, t, highest_kw, lowest_kw);
}

void AddStorages(const Fleet& fleet, const DeviceGroup& group, DeviceSums& sums) {
  double charge = 0.0, discharge = 0.0;
  for (std::size_t i = group.begin; i < group.end; ++i) {
    charge += static_cast<double>(fleet.storages.charge_max_kw[i]);
    discharge += static_cast<double>(fleet.storages.discharge_max_kw[i]);
  }
  AddConstantRange(sums, group.headroom, discharge, -charge);
  sums.most_consumption_kw += charge;
}

void AddUnits(const Fleet& fleet, const DeviceGroup& group, DeviceSums& sums) {
  double highest = 0.0, lowest = 0.0;
  for (std::size_t i = group.begin; i < group.end; ++i) {
    highest += static_cast<double>(fleet.units.max_kw[i]);
    lowest += static_cast<double>(fleet.units.min_kw[i]);
  }
  AddConstantRange(sums, group.headroom, highest, lowest);
}

void AddHydros(const Fleet& fleet, const DeviceGroup& group, DeviceSums& sums) {
  for (std::size_t i = group.begin; i < group.end; ++i) {
    const Series& profile = fleet.profiles[static_cast<std::size_t>(fleet.hydros.profile[i])];
    const double capacity = fleet.hydros.capacity_kw[i], lowest = fleet.hydros.min_kw[i];
    for (std::size_t t = 0; t < profile.size(); ++t) AddRange(sums, group.headroom, t, capacity * profile[t], lowest);
  }
}

// A run of devices of a pool that count towards the same headroom, in the columns or in the order.
struct Run {
  std::size_t pool;
  Headroom headroom;
  std::uint32_t begin, end;
};

// Cuts runs into about `wanted` equal clusters together, at least one for each run.
void CutRuns(const std::vector<Run>& runs, DeviceKind kind, std::size_t wanted, const std::vector<std::uint32_t>* order,
             std::vector<Cluster>& clusters) {
  std::size_t total = 0;
  for (const Run& run : runs) total += run.end - run.begin;
  for (const Run& run : runs) {
    const std::size_t size = run.end - run.begin;
    const std::size_t share = (wanted * size + total / 2) / total;
    const std::size_t cuts = std::clamp<std::size_t>(share, 1, size);
    for (std::size_t k = 0; k < cuts; ++k) {
      clusters.push_back({kind, run.headroom, run.begin + static_cast<std::uint32_t>(size * k / cuts),
                          run.begin + static_cast<std::uint32_t>(size * (k + 1) / cuts), run.pool, order});
    }
  }
}

// Puts devices of several regions into an order in which neighbours are alike.
void OrderAlike(const Fleet& fleet, DeviceKind kind, std::span<std::uint32_t> devices) {
  const auto arrange = [&]<std::size_t N>(const Keys<N>& weights, const auto& keys_of) {
    std::vector<Keys<N>> keys;
    for (std::uint32_t i : devices) keys.push_back(keys_of(i));
    const AlikeOrder<N> order(keys, weights);
    const std::vector<std::uint32_t> before(devices.begin(), devices.end());
    for (std::size_t place = 0; place < before.size(); ++place) devices[place] = before[order[place]];
  };
  if (kind == DeviceKind::kStorage) {
    const Storages& s = fleet.storages;
    arrange(kStorageWeights, [&](std::uint32_t i) {
      return StorageLikeness{s.discharge_max_kw[i],   s.energy_min_kwh[i],    s.energy_max_kwh[i],
                             s.initial_energy_kwh[i], s.charge_efficiency[i], s.discharge_efficiency[i],
                             s.wear_usd_per_kwh[i]}
          .keys();
    });
  } else if (kind == DeviceKind::kUnit) {
    const Units& u = fleet.units;
    arrange(kUnitWeights, [&](std::uint32_t i) {
      return UnitLikeness{u.min_kw[i],
                          u.max_kw[i],
                          u.ramp_up_kw[i],
                          u.ramp_down_kw[i],
                          u.piece_usd_per_kwh[u.first_piece[i]],
                          u.piece_usd_per_kwh[u.first_piece[i + 1] - 1]}
          .keys();
    });
  } else {
    const Hydros& h = fleet.hydros;
    const auto hours = [&](std::uint32_t i) { return h.energy_budget_kwh[i] / std::max(h.capacity_kw[i], 1e-6F); };
    std::stable_sort(devices.begin(), devices.end(), [&](std::uint32_t a, std::uint32_t b) {
      return h.profile[a] != h.profile[b] ? h.profile[a] < h.profile[b] : hours(a) < hours(b);
    });
  }
}

}  // namespace

class ModelBuilder {
 public:
  ModelBuilder(RegionModel& model, const Forest& forest) : model_(model), fleet_(model.fleet), forest_(forest) {}

  void Build() {
    std::vector<int> part_of(fleet_.regions.size(), -1);
    for (int region : forest_.Subtree(model_.index)) {
      const int parent =
          model_.parts.empty()
              ? -1
              : part_of[static_cast<std::size_t>(fleet_.regions[static_cast<std::size_t>(region)].parent)];
      part_of[static_cast<std::size_t>(region)] = static_cast<int>(model_.parts.size());
      model_.parts.push_back({region, parent, 0, DeviceSums(model_.count()), DeviceSums(model_.count()), {}});
      AddRegion(region);
    }
    for (std::size_t p = model_.parts.size(); p-- > 0;) {
      RegionPart& part = model_.parts[p];
      part.with_below.Add(part.own);
      if (part.parent >= 0) model_.parts[static_cast<std::size_t>(part.parent)].with_below.Add(part.with_below);
    }
    static_cast<DeviceSums&>(model_) = model_.parts[0].with_below;
    MakePools(model_, forest_);
    Cut(DeviceKind::kUnit, fleet_.units.groups, &Forest::Node::unit, model_.counts.unit);
    Cut(DeviceKind::kHydro, fleet_.hydros.groups, &Forest::Node::hydro, model_.counts.hydro);
    Cut(DeviceKind::kStorage, fleet_.storages.groups, &Forest::Node::storage, model_.counts.storage);
  }

 private:
  void AddRegion(int region) {
    DeviceSums& sums = model_.parts.back().own;
    const Forest::Node& node = forest_[region];
    for (std::size_t c : node.classes) AddRenewables(c, sums);
    for (std::size_t g : node.storage) AddStorages(fleet_, fleet_.storages.groups[g], sums);
    for (std::size_t g : node.unit) AddUnits(fleet_, fleet_.units.groups[g], sums);
    for (std::size_t g : node.hydro) AddHydros(fleet_, fleet_.hydros.groups[g], sums);
  }

  void AddRenewables(std::size_t c, DeviceSums& sums) {
    const RenewableClass& of = fleet_.renewables.classes[c];
    double capacity_kw = 0.0, cost_usd_per_hour = 0.0;  // at full weather
    for (std::size_t i = of.begin; i < of.end; ++i) {
      const double capacity = fleet_.renewables.capacity_kw[i];
      capacity_kw += capacity;
      cost_usd_per_hour += capacity * static_cast<double>(fleet_.renewables.marginal_cost_usd_per_kwh[i]);
    }
    for (std::size_t t = 0; t < model_.count(); ++t) {
      const double available = model_.AvailableKw(of, t, capacity_kw);
      AddRange(sums, of.headroom, t, available, of.must_take ? available : 0.0);
      if (!of.must_take) continue;
      sums.must_take_kw[of.headroom][t] += available;
      sums.must_take_cost_usd += fleet_.hours * model_.AvailableKw(of, t, cost_usd_per_hour);
    }
    if (of.must_take) return;
    model_.parts.back().renewables.push_back(model_.renewables.size());
    model_.renewables.push_back({c, &of, MeritOrder(fleet_.renewables, of), model_.parts.size() - 1});
  }

  void Cut(DeviceKind kind, const std::vector<DeviceGroup>& groups, std::vector<std::size_t> Forest::Node::*of,
           std::size_t wanted) {
    std::vector<Run> runs;
    if (model_.is_flat()) {
      for (std::size_t g : forest_[model_.index].*of) {
        runs.push_back({0, groups[g].headroom, groups[g].begin, groups[g].end});
      }
      return CutRuns(runs, kind, wanted, nullptr, model_.clusters);
    }
    std::vector<std::uint32_t>& order = model_.order_[static_cast<std::size_t>(kind)];
    for (std::size_t pool = 0; pool < model_.pools.size(); ++pool) {
      for (Headroom headroom = 0; headroom < kHeadroomKinds; ++headroom) {
        const std::size_t begin = order.size();
        for (std::size_t p : model_.pools[pool].parts) {
          for (std::size_t g : forest_[model_.parts[p].region].*of) {
            if (groups[g].headroom != headroom) continue;
            for (std::uint32_t i = groups[g].begin; i < groups[g].end; ++i) order.push_back(i);
          }
        }
        if (order.size() == begin) continue;
        if (model_.pools[pool].parts.size() > 1) OrderAlike(fleet_, kind, std::span(order).subspan(begin));
        runs.push_back({pool, headroom, static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(order.size())});
      }
    }
    CutRuns(runs, kind, wanted, &order, model_.clusters);
  }

  RegionModel& model_;
  const Fleet& fleet_;
  const Forest& forest_;
};

RegionModel::RegionModel(const Fleet& of_fleet, int of_region, const ClusterCounts& wanted)
    : DeviceSums(of_fleet.intervals()),
      fleet(of_fleet),
      index(of_region),
      region(of_fleet.regions[static_cast<std::size_t>(of_region)]),
      counts(wanted) {
  ModelBuilder(*this, Forest(of_fleet)).Build();
}

RegionModel::RegionModel(const Fleet& of_fleet, const Forest& forest, int of_region, const ClusterCounts& wanted,
                         PricedRoot priced_root)
    : DeviceSums(of_fleet.intervals()),
      fleet(of_fleet),
      index(of_region),
      priced(std::move(priced_root)),
      region(priced.region),
      counts(wanted) {
  ModelBuilder(*this, forest).Build();
}

}  // namespace derms::dispatch::fleet
