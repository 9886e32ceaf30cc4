#include "libs/dispatch/fleet/grid_balance.h"

#include <algorithm>
#include <cmath>

namespace derms::dispatch::fleet {
namespace {

constexpr double kRoundingKw = 1e-6;

// A step of the supply of net import, USD/kWh.
struct SupplyStep {
  double price, from_kw, to_kw;
};

class Balancer {
 public:
  Balancer(const RegionModel& model, const Injection& devices_kw, const Unbacked& unbacked, const RegionPrices& prices,
           double level_kw, std::vector<double>& taken_kw)
      : model_(model),
        devices_kw_(devices_kw),
        unbacked_(unbacked),
        level_kw_(level_kw),
        taken_kw_(taken_kw),
        renewable_kw_(NoInjection(model.count())) {
    for (std::size_t kind = 0; kind < kHeadroomKinds; ++kind) {
      const Series worth = WorthOf(prices, static_cast<Headroom>(kind), model.count());
      const Series plain = WorthOf(prices, kNoHeadroom, model.count());
      for (std::size_t t = 0; t < model.count(); ++t) {
        premium_[kind].push_back((worth[t] - plain[t]) / model.fleet.hours);
      }
    }
    RegionFlows& flows = result_.flows;
    flows.net_import_kw.assign(model.count(), 0.0);
    flows.shed_kw = flows.over_kw = flows.net_import_kw;
  }

  BalanceResult Run() {
    result_.cost_usd = model_.must_take_cost_usd;
    for (std::size_t t = 0; t < model_.count(); ++t) Balance(t);
    result_.cost_usd += ExchangeCost(model_.region, hours(), result_.flows.net_import_kw);
    AddReserveCost();
    return std::move(result_);
  }

 private:
  double hours() const { return model_.fleet.hours; }
  double most_over_kw(std::size_t t) const { return model_.most_injection_kw[t]; }

  double ExportLimit(std::size_t t) const { return model_.region.export_limit_kw[t]; }
  double ImportLimit(std::size_t t) const { return model_.region.import_limit_kw[t]; }

  // From throwing away everything, over exporting and importing, to shedding everything.
  std::vector<SupplyStep> Supply(std::size_t t) const {
    const FleetRegion& region = model_.region;
    const double export_kw = std::min(ExportLimit(t), model_.most_injection_kw[t]);
    const double import_kw =
        std::min(ImportLimit(t), region.demand_kw[t] + model_.most_consumption_kw + model_.most_injection_kw[t]);
    std::vector<SupplyStep> steps;
    steps.push_back({-model_.fleet.over_generation_price_usd_per_kwh, -export_kw - most_over_kw(t), -export_kw});
    AddExchange(region.export_price_usd_per_kwh[t], -export_kw, 0.0, steps);
    AddExchange(region.import_price_usd_per_kwh[t], 0.0, import_kw, steps);
    steps.push_back({model_.fleet.value_of_lost_load_usd_per_kwh, import_kw, import_kw + region.demand_kw[t]});
    return steps;
  }

  void AddExchange(double price, double from, double to, std::vector<SupplyStep>& steps) const {
    const double bend = model_.region.flattening_usd_per_kwh, middle = std::clamp(level_kw_, from, to);
    if (middle > from) steps.push_back({price - bend, from, middle});
    if (to > middle) steps.push_back({price + bend, middle, to});
  }

  // Renewable injection at a price.
  double RenewableAt(std::size_t t, double price) const {
    double sum = 0.0;
    for (const RenewableModel& renewable : model_.renewables) {
      const double taken = renewable.order.TakenAt(price + premium_[renewable.of->headroom][t]);
      sum += model_.AvailableKw(*renewable.of, t, taken);
    }
    return sum;
  }

  void Balance(std::size_t t) {
    const double fixed = SumOfKinds(devices_kw_, t) + SumOfKinds(model_.must_take_kw, t);
    const double need = model_.region.demand_kw[t] - fixed;  // of net import and renewables together
    const std::vector<SupplyStep> steps = Supply(t);
    for (std::size_t s = 0; s < steps.size(); ++s) {
      const double left = need - RenewableAt(t, steps[s].price);
      if (left > steps[s].to_kw && s + 1 < steps.size()) continue;
      if (left >= steps[s].from_kw) {
        if (left > steps[s].to_kw + kRoundingKw) result_.balanced = false;
        Take(t, steps[s].price, steps[s].price, 0.0);
        return Settle(t, need);
      }
      // The curves cross between two steps: exchange stands at their border, renewables fill in.
      const double low = s == 0 ? steps[s].price - 1.0 : steps[s - 1].price;
      TakeExactly(t, need - steps[s].from_kw, low, steps[s].price);
      return Settle(t, need);
    }
  }

  // Renewables together inject `wanted` kW at a price in (low, high].
  void TakeExactly(std::size_t t, double wanted, double low, double high) {
    for (int step = 0; step < 40 && high - low > 1e-9; ++step) {
      const double middle = 0.5 * (low + high);
      (RenewableAt(t, middle) <= wanted ? low : high) = middle;
    }
    const double at_low = RenewableAt(t, low), at_high = RenewableAt(t, high);
    Take(t, low, high, at_high > at_low ? std::clamp((wanted - at_low) / (at_high - at_low), 0.0, 1.0) : 0.0);
  }

  void Take(std::size_t t, double low, double high, double share) {
    for (const RenewableModel& renewable : model_.renewables) {
      const Headroom headroom = renewable.of->headroom;
      const double at_low = renewable.order.TakenAt(low + premium_[headroom][t]);
      const double at_high = share > 0.0 ? renewable.order.TakenAt(high + premium_[headroom][t]) : at_low;
      const double taken = at_low + share * (at_high - at_low);
      taken_kw_[renewable.index * model_.count() + t] = taken;
      renewable_kw_[headroom][t] += model_.AvailableKw(*renewable.of, t, taken);
      const double at_full = renewable.order.curtailment_usd_per_hour() + renewable.order.NetCost(taken);
      result_.cost_usd += hours() * model_.AvailableKw(*renewable.of, t, at_full);
    }
  }

  // What is left to balance is exchanged within its limits; beyond them shed or thrown away.
  void Settle(std::size_t t, double need) {
    const double left = need - SumOfKinds(renewable_kw_, t);
    RegionFlows& flows = result_.flows;
    flows.shed_kw[t] = std::clamp(left - ImportLimit(t), 0.0, model_.region.demand_kw[t]);
    flows.over_kw[t] = std::clamp(-left - ExportLimit(t), 0.0, most_over_kw(t));
    flows.net_import_kw[t] = left - flows.shed_kw[t] + flows.over_kw[t];
    result_.cost_usd += hours() * (model_.fleet.value_of_lost_load_usd_per_kwh * flows.shed_kw[t] +
                                   model_.fleet.over_generation_price_usd_per_kwh * flows.over_kw[t]);
  }

  void AddReserveCost() {
    const auto injected = [&](std::size_t t, Headroom counts) {
      double sum = 0.0;
      for (std::size_t kind = 0; kind < kHeadroomKinds; ++kind) {
        if ((kind & counts) == 0) continue;
        sum += devices_kw_[kind][t] + model_.must_take_kw[kind][t] + renewable_kw_[kind][t];
      }
      return sum;
    };
    for (std::size_t t = 0; t < model_.region.reserve_up_kw.size(); ++t) {
      const double headroom = model_.highest_up_kw[t] - injected(t, kHeadroomUp) - At(unbacked_.up_kw, t);
      const double missing = std::max(model_.region.reserve_up_kw[t] - headroom, 0.0);
      result_.flows.reserve_short_up_kw.push_back(missing);
      result_.cost_usd += hours() * model_.fleet.reserve_up_price_usd_per_kwh * missing;
    }
    for (std::size_t t = 0; t < model_.region.reserve_down_kw.size(); ++t) {
      const double headroom = injected(t, kHeadroomDown) - model_.lowest_down_kw[t] - At(unbacked_.down_kw, t);
      const double missing = std::max(model_.region.reserve_down_kw[t] - headroom, 0.0);
      result_.flows.reserve_short_down_kw.push_back(missing);
      result_.cost_usd += hours() * model_.fleet.reserve_down_price_usd_per_kwh * missing;
    }
  }

  const RegionModel& model_;
  const Injection& devices_kw_;
  const Unbacked& unbacked_;
  const double level_kw_;
  std::vector<double>& taken_kw_;
  Injection renewable_kw_;
  std::array<Series, kHeadroomKinds> premium_;  // of headroom on injection, USD/kWh
  BalanceResult result_;
};

}  // namespace

double ExchangeCost(const FleetRegion& root, double hours, const Series& net_import_kw) {
  double cost = 0.0, peak_kw = root.peak_so_far_kw;
  for (std::size_t t = 0; t < net_import_kw.size(); ++t) {
    const double net = net_import_kw[t];
    cost += hours * net * (net >= 0.0 ? root.import_price_usd_per_kwh[t] : root.export_price_usd_per_kwh[t]);
    peak_kw = std::max(peak_kw, net);
  }
  cost += root.peak_charge_usd_per_kw * (peak_kw - root.peak_so_far_kw);
  if (root.flattening_usd_per_kwh <= 0.0) return cost;
  Series sorted = net_import_kw;
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
  std::nth_element(sorted.begin(), middle, sorted.end());
  double spread = 0.0;
  for (double net : sorted) spread += std::abs(net - *middle);
  return cost + hours * root.flattening_usd_per_kwh * spread;
}

BalanceResult BalanceGrid(const RegionModel& model, const Injection& devices_kw, const Unbacked& unbacked,
                          const RegionPrices& prices, double level_kw, std::vector<double>& taken_kw) {
  return Balancer(model, devices_kw, unbacked, prices, level_kw, taken_kw).Run();
}

}  // namespace derms::dispatch::fleet
