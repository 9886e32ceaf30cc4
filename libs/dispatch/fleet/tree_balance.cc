#include "libs/dispatch/fleet/tree_balance.h"

#include <algorithm>
#include <atomic>
#include <cmath>

#include "libs/dispatch/fleet/grid_balance.h"

namespace derms::dispatch::fleet {
namespace {

constexpr double kRampUsdPerKwh = 1e-3;  // over which all load is shed, or all energy thrown away
constexpr double kRounding = 1e-6;       // relative to 1 kW + the size of the region
constexpr int kHalvings = 60;

class TreeBalancer {
 public:
  TreeBalancer(const RegionModel& model, const std::vector<Injection>& devices_kw, const TreeWorth& worth,
               double level_kw, std::vector<double>& taken_kw)
      : model_(model),
        devices_kw_(devices_kw),
        worth_(worth),
        level_kw_(level_kw),
        taken_kw_(taken_kw),
        children_(model.parts.size()),
        renewable_kw_(model.parts.size(), NoInjection(model.count())) {
    for (std::size_t p = 1; p < model.parts.size(); ++p) {
      children_[static_cast<std::size_t>(model.parts[p].parent)].push_back(p);
    }
    RegionFlows none;
    none.net_import_kw = none.shed_kw = none.over_kw = Series(model.count(), 0.0);
    result_.flows.assign(model.parts.size(), none);
  }

  TreeBalance Run(Workers& workers) {
    std::atomic<bool> balanced = true;
    std::vector<double> cost(model_.count(), 0.0);
    workers.Run(model_.count(), [&](std::size_t t, std::size_t) {
      Interval of{t, 0.0, true};
      BalanceRoot(of);
      cost[t] = of.cost_usd_per_hour;
      if (!of.balanced) balanced = false;
    });
    result_.balanced = balanced;
    for (double usd_per_hour : cost) result_.cost_usd += hours() * usd_per_hour;
    for (std::size_t p = 0; p < model_.parts.size(); ++p) result_.cost_usd += model_.parts[p].own.must_take_cost_usd;
    result_.cost_usd += ExchangeCost(model_.region, hours(), result_.flows[0].net_import_kw);
    AddReserve();
    return std::move(result_);
  }

 private:
  struct Interval {
    std::size_t t;
    double cost_usd_per_hour;  // of service and renewables
    bool balanced;
  };

  double hours() const { return model_.fleet.hours; }
  double shed_price() const { return model_.fleet.value_of_lost_load_usd_per_kwh; }
  double over_price() const { return -model_.fleet.over_generation_price_usd_per_kwh; }
  double lowest_price() const { return over_price() - 2.0 * kRampUsdPerKwh; }
  double highest_price() const { return shed_price() + 2.0 * kRampUsdPerKwh; }
  const FleetRegion& RegionOf(std::size_t part) const { return model_.RegionOf(model_.parts[part]); }

  double ShedAt(std::size_t part, std::size_t t, double price) const {
    return RegionOf(part).demand_kw[t] * std::clamp((price - shed_price()) / kRampUsdPerKwh, 0.0, 1.0);
  }
  double OverAt(std::size_t part, std::size_t t, double price) const {
    return model_.parts[part].own.most_injection_kw[t] * std::clamp((over_price() - price) / kRampUsdPerKwh, 0.0, 1.0);
  }
  // Headroom's share in what a renewable's kWh is worth.
  double PremiumOf(std::size_t part, Headroom headroom, std::size_t t) const {
    return (worth_(part, headroom)[t] - worth_(part, kNoHeadroom)[t]) / hours();
  }
  double TakenAt(const RenewableModel& renewable, std::size_t t, double price) const {
    return renewable.order.TakenAt(price + PremiumOf(renewable.part, renewable.of->headroom, t));
  }
  double Fixed(std::size_t part, std::size_t t) const {
    return RegionOf(part).demand_kw[t] - SumOfKinds(devices_kw_[part], t) -
           SumOfKinds(model_.parts[part].own.must_take_kw, t);
  }

  // What a region with all below it draws at a price, before its own limits, and within them.
  double DrawAt(std::size_t part, std::size_t t, double price) const {
    double draw = Fixed(part, t) - ShedAt(part, t, price) + OverAt(part, t, price);
    for (std::size_t r : model_.parts[part].renewables) {
      const RenewableModel& renewable = model_.renewables[r];
      draw -= model_.AvailableKw(*renewable.of, t, TakenAt(renewable, t, price));
    }
    for (std::size_t child : children_[part]) draw += LimitedDrawAt(child, t, price);
    return draw;
  }
  double LimitedDrawAt(std::size_t part, std::size_t t, double price) const {
    const FleetRegion& region = RegionOf(part);
    return std::clamp(DrawAt(part, t, price), -region.export_limit_kw[t], region.import_limit_kw[t]);
  }

  struct SupplyStep {
    double price, from_kw, to_kw;
  };
  // Of the grid: exporting, then importing; flattening bends it at its level.
  std::vector<SupplyStep> Supply(std::size_t t) const {
    const FleetRegion& region = model_.region;
    std::vector<SupplyStep> steps;
    const auto add = [&](double price, double from, double to) {
      const double bend = region.flattening_usd_per_kwh, middle = std::clamp(level_kw_, from, to);
      if (middle > from) steps.push_back({price - bend, from, middle});
      if (to > middle) steps.push_back({price + bend, middle, to});
    };
    add(region.export_price_usd_per_kwh[t], -region.export_limit_kw[t], 0.0);
    add(region.import_price_usd_per_kwh[t], 0.0, region.import_limit_kw[t]);
    return steps;
  }

  void BalanceRoot(Interval& of) {
    double cheaper = lowest_price(), at_kw = -model_.region.export_limit_kw[of.t];
    for (const SupplyStep& step : Supply(of.t)) {
      const double draw = DrawAt(0, of.t, step.price);
      if (draw < step.from_kw) return Meet(of, 0, step.from_kw, cheaper, step.price);
      if (draw <= step.to_kw) return Take(of, 0, step.price, step.price, 0.0);
      cheaper = step.price;
      at_kw = step.to_kw;
    }
    Meet(of, 0, at_kw, cheaper, highest_price());
  }

  // The region draws this much, at a price in [low, high] that makes it want to.
  void Meet(Interval& of, std::size_t part, double draw_kw, double low, double high) {
    double at_low = DrawAt(part, of.t, low), at_high = DrawAt(part, of.t, high);
    const double small =
        kRounding * (1.0 + RegionOf(part).demand_kw[of.t] + model_.parts[part].with_below.most_injection_kw[of.t]);
    if (at_high > draw_kw + small) of.balanced = false;
    for (int k = 0; k < kHalvings && high - low > 1e-10; ++k) {
      const double middle = 0.5 * (low + high), draw = DrawAt(part, of.t, middle);
      (draw >= draw_kw ? low : high) = middle;
      (draw >= draw_kw ? at_low : at_high) = draw;
    }
    const double share = at_low > at_high ? std::clamp((at_low - draw_kw) / (at_low - at_high), 0.0, 1.0) : 0.0;
    Take(of, part, low, high, share);
  }

  // Everything in the region at a blend of what it does at two prices.
  void Take(Interval& of, std::size_t part, double low, double high, double share) {
    const std::size_t t = of.t;
    const auto blend = [share](double at_low, double at_high) { return at_low + share * (at_high - at_low); };
    RegionFlows& flows = result_.flows[part];
    flows.shed_kw[t] = blend(ShedAt(part, t, low), ShedAt(part, t, high));
    flows.over_kw[t] = blend(OverAt(part, t, low), OverAt(part, t, high));
    of.cost_usd_per_hour += shed_price() * flows.shed_kw[t] - over_price() * flows.over_kw[t];
    double net = Fixed(part, t) - flows.shed_kw[t] + flows.over_kw[t];
    for (std::size_t r : model_.parts[part].renewables) {
      const RenewableModel& renewable = model_.renewables[r];
      const double taken = blend(TakenAt(renewable, t, low), TakenAt(renewable, t, high));
      taken_kw_[renewable.index * model_.count() + t] = taken;
      const double power = model_.AvailableKw(*renewable.of, t, taken);
      renewable_kw_[part][renewable.of->headroom][t] += power;
      net -= power;
      of.cost_usd_per_hour += model_.AvailableKw(
          *renewable.of, t, renewable.order.curtailment_usd_per_hour() + renewable.order.NetCost(taken));
    }
    for (std::size_t child : children_[part]) {
      TakeBelow(of, child, low, high, share);
      net += result_.flows[child].net_import_kw[t];
    }
    flows.net_import_kw[t] = net;
  }

  // A region below does the same, unless its limits hold it.
  void TakeBelow(Interval& of, std::size_t part, double low, double high, double share) {
    const FleetRegion& region = RegionOf(part);
    const double in = region.import_limit_kw[of.t], out = -region.export_limit_kw[of.t];
    const double at_low = DrawAt(part, of.t, low), at_high = DrawAt(part, of.t, high);
    if (std::max(at_low, at_high) <= in && std::min(at_low, at_high) >= out) return Take(of, part, low, high, share);
    const double from = std::clamp(at_low, out, in), to = std::clamp(at_high, out, in);
    Meet(of, part, from + share * (to - from), lowest_price(), highest_price());
  }

  void AddReserve() {
    std::vector<Injection> below = devices_kw_;
    for (std::size_t p = below.size(); p-- > 0;) {
      for (std::size_t kind = 0; kind < kHeadroomKinds; ++kind) {
        Series* above = p > 0 ? &below[static_cast<std::size_t>(model_.parts[p].parent)][kind] : nullptr;
        for (std::size_t t = 0; t < model_.count(); ++t) {
          below[p][kind][t] += model_.parts[p].own.must_take_kw[kind][t] + renewable_kw_[p][kind][t];
          if (above != nullptr) (*above)[t] += below[p][kind][t];
        }
      }
      AddReserveOf(p, below[p]);
    }
  }

  void AddReserveOf(std::size_t part, const Injection& with_below) {
    const FleetRegion& region = RegionOf(part);
    const DeviceSums& sums = model_.parts[part].with_below;
    RegionFlows& flows = result_.flows[part];
    const auto pay = [&](Series& missing_kw, double required, double headroom, double price) {
      missing_kw.push_back(std::max(required - headroom, 0.0));
      result_.cost_usd += hours() * price * missing_kw.back();
    };
    for (std::size_t t = 0; t < region.reserve_up_kw.size(); ++t) {
      const double injected = with_below[kHeadroomUp][t] + with_below[kHeadroomUp | kHeadroomDown][t];
      if (part == 0) {
        result_.spare_up_kw.push_back(sums.highest_up_kw[t] - injected - region.reserve_up_kw[t]);
      }
      pay(flows.reserve_short_up_kw, region.reserve_up_kw[t], sums.highest_up_kw[t] - injected,
          model_.fleet.reserve_up_price_usd_per_kwh);
    }
    for (std::size_t t = 0; t < region.reserve_down_kw.size(); ++t) {
      const double injected = with_below[kHeadroomDown][t] + with_below[kHeadroomUp | kHeadroomDown][t];
      pay(flows.reserve_short_down_kw, region.reserve_down_kw[t], injected - sums.lowest_down_kw[t],
          model_.fleet.reserve_down_price_usd_per_kwh);
    }
  }

  const RegionModel& model_;
  const std::vector<Injection>& devices_kw_;
  const TreeWorth& worth_;
  const double level_kw_;
  std::vector<double>& taken_kw_;
  std::vector<std::vector<std::size_t>> children_;
  std::vector<Injection> renewable_kw_;  // by part
  TreeBalance result_;
};

}  // namespace

TreeBalance BalanceTree(const RegionModel& model, const std::vector<Injection>& devices_kw, const TreeWorth& worth,
                        double level_kw, std::vector<double>& taken_kw, Workers& workers) {
  return TreeBalancer(model, devices_kw, worth, level_kw, taken_kw).Run(workers);
}

}  // namespace derms::dispatch::fleet
