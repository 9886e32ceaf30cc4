#include "libs/dispatch/fleet/pools.h"

#include <algorithm>

#include "libs/dispatch/fleet/alike.h"

namespace derms::dispatch::fleet {
namespace {

constexpr std::size_t kMostAreas = 12;  // of a tree
constexpr std::size_t kClasses = 8;     // of the small regions below a pool
constexpr std::size_t kMostPools = 24;  // of a tree; beyond, the surrogate grows too slow

constexpr Keys<3> kPressureWeights = {1.0, 1.0, 0.5};

class PoolMaker {
 public:
  PoolMaker(RegionModel& model, const Forest& forest) : model_(model), forest_(forest) {}

  void Run() {
    for (RegionPart& part : model_.parts) part.pool = kNone;
    AddPool(-1, {0});
    for (std::size_t pool = 0; pool < model_.pools.size(); ++pool) SplitChildren(pool);
  }

 private:
  static constexpr auto kNone = static_cast<std::size_t>(-1);

  std::size_t DevicesOf(std::size_t part) const { return forest_[model_.parts[part].region].devices_with_below; }

  void SplitChildren(std::size_t pool) {
    std::vector<std::size_t> children;
    for (std::size_t p = 1; p < model_.parts.size(); ++p) {
      if (model_.parts[static_cast<std::size_t>(model_.parts[p].parent)].pool == pool) children.push_back(p);
    }
    std::stable_sort(children.begin(), children.end(),
                     [this](std::size_t a, std::size_t b) { return DevicesOf(a) > DevicesOf(b); });
    std::vector<std::size_t> small;
    for (std::size_t p : children) {
      const bool is_area =
          !model_.priced.region.id.empty() || (DevicesOf(p) >= kLeastAreaDevices && areas_ < kMostAreas);
      if (is_area) {
        ++areas_;
        AddPool(static_cast<int>(pool), {p});
      } else {
        small.push_back(p);
      }
    }
    if (!small.empty()) AddClasses(pool, small);
  }

  void AddClasses(std::size_t pool, const std::vector<std::size_t>& small) {
    const std::size_t room = kMostPools > model_.pools.size() ? kMostPools - model_.pools.size() : 1;
    const std::size_t classes = std::min({kClasses, room, small.size()});
    std::vector<Keys<3>> keys;
    for (std::size_t p : small) keys.push_back(PressureOn(p));
    const AlikeOrder<3> order(keys, kPressureWeights);
    for (std::size_t k = 0; k < classes; ++k) {
      std::vector<std::size_t> members;
      for (std::size_t at = small.size() * k / classes; at < small.size() * (k + 1) / classes; ++at) {
        members.push_back(small[order[at]]);
      }
      AddPool(static_cast<int>(pool), std::move(members));
    }
  }

  // How far draw without renewables' help, their surplus and charging go beyond the limits.
  Keys<3> PressureOn(std::size_t part) const {
    constexpr double kMost = 3.0;
    const FleetRegion& region = model_.RegionOf(model_.parts[part]);
    Series net = region.demand_kw;
    for (std::size_t r : model_.parts[part].renewables) {
      const RenewableModel& renewable = model_.renewables[r];
      for (std::size_t t = 0; t < net.size(); ++t) {
        net[t] -= model_.AvailableKw(*renewable.of, t, renewable.order.capacity_kw());
      }
    }
    Keys<3> pressure{};
    const auto press = [&](std::size_t key, double kw, double limit_kw) {
      pressure[key] = std::max(pressure[key], std::clamp(kw / std::max(limit_kw, 1e-3), 0.0, kMost));
    };
    for (std::size_t t = 0; t < net.size(); ++t) {
      press(0, net[t], region.import_limit_kw[t]);
      press(1, -net[t], region.export_limit_kw[t]);
      press(2, model_.parts[part].with_below.most_consumption_kw, region.import_limit_kw[t]);
    }
    return pressure;
  }

  void AddPool(int parent, std::vector<std::size_t> parts) {
    Pool pool{parent, std::move(parts), {}, {}, {}, {}, {}, DeviceSums(model_.count()), DeviceSums(model_.count())};
    const auto add = [&](const Series& from, Series& to) {
      if (from.empty()) return;
      to.resize(model_.count());
      for (std::size_t t = 0; t < to.size(); ++t) to[t] += from[t];
    };
    for (std::size_t p : pool.parts) {
      RegionPart& part = model_.parts[p];
      part.pool = model_.pools.size();
      const FleetRegion& region = model_.RegionOf(part);
      add(region.demand_kw, pool.demand_kw);
      add(region.import_limit_kw, pool.import_limit_kw);
      add(region.export_limit_kw, pool.export_limit_kw);
      add(region.reserve_up_kw, pool.reserve_up_kw);
      add(region.reserve_down_kw, pool.reserve_down_kw);
      pool.own.Add(part.own);
      pool.with_below.Add(part.with_below);
    }
    model_.pools.push_back(std::move(pool));
  }

  RegionModel& model_;
  const Forest& forest_;
  std::size_t areas_ = 0;
};

}  // namespace

void MakePools(RegionModel& model, const Forest& forest) {
  PoolMaker(model, forest).Run();
}

}  // namespace derms::dispatch::fleet
