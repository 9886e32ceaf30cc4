#include "libs/dispatch/fleet/lot_prices.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "libs/base/error.h"

namespace derms::dispatch::fleet {
namespace {

constexpr ClusterCounts kLotClusters{.storage = 2, .unit = 3, .hydro = 1, .merit_steps = 2};
constexpr double kRhoUsdPerKwh = 0.0002;
constexpr double kLeastPrice = 1e-7;  // USD per kW; below is rounding

class LotPricer {
 public:
  LotPricer(const RegionModel& model, const Forest& forest, const Surrogate& surrogate, const TreePrices& above)
      : model_(model), forest_(forest), worth_(model, above), pool_binds_(model.pools.size(), false) {
    for (std::size_t pool = 1; pool < model.pools.size(); ++pool) {
      const RegionPrices prices = surrogate.PricesOfPool(pool);
      for (std::size_t t = 0; t < model.count(); ++t) {
        if (prices.import_limit[t] + prices.export_limit[t] > kLeastPrice) pool_binds_[pool] = true;
      }
    }
    plan_.assign(model.clusters.size(), Series(model.count()));
    size_.assign(model.clusters.size(), 0.0);
    for (std::size_t k = 0; k < model.clusters.size(); ++k) {
      surrogate.Plan(k, plan_[k]);
      const Cluster& cluster = model.clusters[k];
      for (std::uint32_t at = cluster.begin; at < cluster.end; ++at) {
        size_[k] += DeviceSize(model.fleet, cluster.kind, cluster.Device(at));
      }
    }
  }

  std::size_t PoolAbove(const Lot& lot) const { return model_.parts[AboveOf(lot)].pool; }

  // Of a lot in that of all lots below the same pool.
  std::vector<double> SharesOfStorage(const std::vector<Lot>& lots) const {
    std::vector<double> size(lots.size(), 0.0), all(model_.pools.size(), 1e-9);
    for (std::size_t number = 0; number < lots.size(); ++number) {
      if (!lots[number].keeps_limits) continue;
      for (const LotDevice& device : lots[number].devices) {
        if (device.kind == DeviceKind::kStorage) size[number] += DeviceSize(model_.fleet, device.kind, device.index);
      }
      all[PoolAbove(lots[number])] += size[number];
    }
    for (std::size_t number = 0; number < lots.size(); ++number) {
      if (lots[number].keeps_limits) size[number] /= all[PoolAbove(lots[number])];
    }
    return size;
  }

  // What the lot draws if its devices keep to their share of the plan.
  Series DrawOf(const Lot& lot, Injection& injection_kw) const {
    Series draw(model_.count(), 0.0);
    injection_kw = NoInjection(model_.count());
    for (std::size_t p : lot.parts) {
      const RegionPart& part = model_.parts[p];
      const Series& demand_kw = model_.RegionOf(part).demand_kw;
      for (std::size_t t = 0; t < draw.size(); ++t) draw[t] += demand_kw[t] - SumOfKinds(part.own.must_take_kw, t);
      for (std::size_t r : part.renewables) {
        const RenewableModel& renewable = model_.renewables[r];
        const Series& worth = worth_(AboveOf(lot), renewable.of->headroom);
        for (std::size_t t = 0; t < draw.size(); ++t) {
          draw[t] -= model_.AvailableKw(*renewable.of, t, renewable.order.TakenAt(worth[t] / model_.fleet.hours));
        }
      }
    }
    for (const LotDevice& device : lot.devices) {
      const double share = DeviceSize(model_.fleet, device.kind, device.index) / std::max(size_[device.cluster], 1e-9);
      for (std::size_t t = 0; t < draw.size(); ++t) {
        const double power = share * plan_[device.cluster][t];
        draw[t] -= power;
        injection_kw[device.headroom][t] += power;
      }
    }
    return draw;
  }

  // Where sums of feeders are at their limit, single ones surely are; others where their share of the plan is beyond.
  bool MayBind(const Lot& lot, const Series& draw) const {
    if (lot.parts.size() > 1 || pool_binds_[model_.parts[lot.parts[0]].pool]) return true;
    const FleetRegion& region = model_.RegionOf(model_.parts[lot.parts[0]]);
    for (std::size_t t = 0; t < draw.size(); ++t) {
      if (draw[t] > region.import_limit_kw[t] || -draw[t] > region.export_limit_kw[t]) return true;
    }
    return !region.reserve_up_kw.empty() || !region.reserve_down_kw.empty();
  }

  absl::Status Price(const Lot& lot, Series draw, const EngineLimits& limits, TreePrices& prices, LotPlan& plan) const {
    const RegionPart& top = model_.parts[lot.parts[0]];
    const std::size_t above = AboveOf(lot);
    PricedRoot priced{model_.RegionOf(top)};
    for (std::size_t t = 0; t < model_.count(); ++t) {
      priced.region.import_price_usd_per_kwh.push_back(worth_(above, kNoHeadroom)[t] / model_.fleet.hours);
    }
    priced.wished_import_kw = std::move(draw);
    priced.rho_usd_per_kwh = kRhoUsdPerKwh;
    priced.region.export_price_usd_per_kwh = priced.region.import_price_usd_per_kwh;
    for (std::size_t kind = 1; kind < kHeadroomKinds; ++kind) {
      priced.premium[kind] = worth_(above, static_cast<Headroom>(kind));
      for (std::size_t t = 0; t < model_.count(); ++t) priced.premium[kind][t] -= worth_(above, kNoHeadroom)[t];
    }
    const RegionModel small(model_.fleet, forest_, top.region, kLotClusters, std::move(priced));
    Surrogate surrogate(small);
    if (plan.was_asked()) surrogate.StartFrom(plan.basis);
    std::vector<Injection> settled_kw(small.pools.size(), NoInjection(small.count()));
    settled_kw[0] = plan.hidden_kw;
    RETURN_IF_ERROR(surrogate.SolveRemaining(settled_kw, std::vector<double>(small.clusters.size(), 1.0), 1.0, limits));
    plan.basis = surrogate.Basis();
    plan.draw_kw = surrogate.Draw(0);
    prices[lot.parts[0]] = AsLimitPrices(surrogate.Prices(), worth_(above, kNoHeadroom));
    for (std::size_t place = 1; place < lot.parts.size(); ++place) {
      const RegionPart& part = PartOf(small, model_.parts[lot.parts[place]].region);
      prices[lot.parts[place]] = surrogate.PricesOfPool(part.pool);
    }
    ReadPlan(lot, small, surrogate, plan);
    return absl::OkStatus();
  }

 private:
  static void ReadPlan(const Lot& lot, const RegionModel& small, const Surrogate& surrogate, LotPlan& plan) {
    plan.kw_per_size.clear();
    plan.injection_kw = plan.hidden_kw;
    plan.virtual_of.clear();
    std::map<std::pair<DeviceKind, std::uint32_t>, std::uint32_t> virtual_of;
    for (std::uint32_t k = 0; k < small.clusters.size(); ++k) {
      const Cluster& cluster = small.clusters[k];
      double size = 0.0;
      for (std::uint32_t at = cluster.begin; at < cluster.end; ++at) {
        virtual_of[{cluster.kind, cluster.Device(at)}] = k;
        size += DeviceSize(small.fleet, cluster.kind, cluster.Device(at));
      }
      Series& kw = plan.kw_per_size.emplace_back(small.count());
      surrogate.Plan(k, kw);
      for (std::size_t t = 0; t < kw.size(); ++t) {
        plan.injection_kw[cluster.headroom][t] += kw[t];
        kw[t] /= std::max(size, 1e-9);
      }
    }
    for (const LotDevice& device : lot.devices) plan.virtual_of.push_back(virtual_of.at({device.kind, device.index}));
  }

  std::size_t AboveOf(const Lot& lot) const { return static_cast<std::size_t>(model_.parts[lot.parts[0]].parent); }

  static const RegionPart& PartOf(const RegionModel& model, int region) {
    return *std::find_if(model.parts.begin(), model.parts.end(),
                         [region](const RegionPart& part) { return part.region == region; });
  }

  RegionPrices AsLimitPrices(RegionPrices of_root, const Series& outside) const {
    // Within what leaving the wished exchange costs the lot is indifferent.
    const double least = 1.001 * model_.fleet.hours * kRhoUsdPerKwh + kLeastPrice;
    RegionPrices prices{.reserve_up = std::move(of_root.reserve_up), .reserve_down = std::move(of_root.reserve_down)};
    for (std::size_t t = 0; t < outside.size(); ++t) {
      const double more = of_root.balance[t] - outside[t];
      prices.import_limit.push_back(more > least ? more : 0.0);
      prices.export_limit.push_back(more < -least ? -more : 0.0);
    }
    return prices;
  }

  const RegionModel& model_;
  const Forest& forest_;
  const TreeWorth worth_;
  std::vector<bool> pool_binds_;
  std::vector<Series> plan_;  // by cluster
  std::vector<double> size_;
};

}  // namespace

absl::Status PriceLots(const RegionModel& model, const Forest& forest, const std::vector<Lot>& lots,
                       const Surrogate& surrogate, const std::vector<Series>& more_draw_kw, TreePrices& prices,
                       std::vector<LotPlan>& plans, Workers& workers, const EngineLimits& limits) {
  const LotPricer pricer(model, forest, surrogate, prices);
  const std::vector<double> share = pricer.SharesOfStorage(lots);
  std::vector<absl::Status> ends(lots.size());
  plans.resize(lots.size());
  workers.Run(lots.size(), [&](std::size_t number, std::size_t) {
    const Lot& lot = lots[number];
    LotPlan& plan = plans[number];
    if (!lot.keeps_limits || limits.Stop()) return;
    const bool is_known = plan.was_asked();
    if (!is_known) {
      plan.draw_kw = pricer.DrawOf(lot, plan.injection_kw);
      plan.hidden_kw = NoInjection(model.count());
    }
    if (!is_known && !pricer.MayBind(lot, plan.draw_kw)) return;
    Series wish = plan.draw_kw;
    const Series& more = more_draw_kw[pricer.PoolAbove(lot)];
    for (std::size_t t = 0; is_known && t < wish.size(); ++t) wish[t] += share[number] * more[t];
    ends[number] = pricer.Price(lot, std::move(wish), limits, prices, plan);
  });
  for (const absl::Status& end : ends) RETURN_IF_ERROR(end);
  if (limits.Stop()) return base::DeadlineExceeded("STOPPED", "pricing the limits was stopped");
  return absl::OkStatus();
}

}  // namespace derms::dispatch::fleet
