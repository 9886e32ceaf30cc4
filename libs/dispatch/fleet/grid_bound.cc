#include "libs/dispatch/fleet/grid_bound.h"

#include <algorithm>
#include <cmath>

namespace derms::dispatch::fleet {
namespace {

// Prices that are equal but for rounding become equal; a billionth of a dollar moves no bound.
constexpr double kPriceGrid = 0x1.0p-30;

// Least value of slope x over [low, high].
double Least(double slope, double low, double high) {
  return slope >= 0.0 ? slope * low : slope * high;
}

// Import or export of the root, never both; highest import; level. Exchange is limited by what could be consumed and
// injected below it.
double ExchangeBound(const RegionModel& model, const RegionPrices& prices) {
  const FleetRegion& region = model.region;
  const double hours = model.fleet.hours;
  double sum = 0.0, peak_slope = region.peak_charge_usd_per_kw, level_slope = 0.0;
  double most_in = region.peak_so_far_kw, most_out = 0.0;
  for (std::size_t t = 0; t < model.count(); ++t) {
    double demand = 0.0;
    for (const Pool& pool : model.pools) demand += pool.demand_kw[t];
    const double in_kw =
        std::min(region.import_limit_kw[t], demand + model.most_consumption_kw + model.most_injection_kw[t]);
    const double out_kw = std::min(region.export_limit_kw[t], model.most_injection_kw[t]);
    const double balance = At(prices.balance, t), peak = At(prices.peak, t);
    const double in = hours * region.import_price_usd_per_kwh[t] - balance + peak;
    const double out = balance - hours * region.export_price_usd_per_kwh[t];
    sum += std::min(Least(in, 0.0, in_kw), Least(out, 0.0, out_kw));
    peak_slope -= peak;
    level_slope -= At(prices.flattening, t);
    most_in = std::max(most_in, in_kw);
    most_out = std::max(most_out, out_kw);
  }
  sum += Least(peak_slope, region.peak_so_far_kw, most_in) - region.peak_charge_usd_per_kw * region.peak_so_far_kw;
  return sum + Least(level_slope, -most_out, most_in);
}

double ReserveBound(double multiplier, double price_usd_per_kw, double required_kw) {
  return multiplier * required_kw + Least(price_usd_per_kw - multiplier, 0.0, required_kw);
}

// Demand, shedding, throwing away, headroom requirement and limits of one region.
double ServiceBound(const RegionModel& model, std::size_t part, const RegionPrices& prices, const Series& worth) {
  const FleetRegion& region = model.RegionOf(model.parts[part]);
  const DeviceSums& own = model.parts[part].own;
  const Fleet& fleet = model.fleet;
  const bool is_below = model.parts[part].parent >= 0;
  double sum = 0.0;
  for (std::size_t t = 0; t < model.count(); ++t) {
    const double demand = region.demand_kw[t];
    sum += worth[t] * demand + Least(fleet.hours * fleet.value_of_lost_load_usd_per_kwh - worth[t], 0.0, demand) +
           Least(fleet.hours * fleet.over_generation_price_usd_per_kwh + worth[t], 0.0, own.most_injection_kw[t]) +
           ReserveBound(At(prices.reserve_up, t), fleet.hours * fleet.reserve_up_price_usd_per_kwh,
                        At(region.reserve_up_kw, t)) +
           ReserveBound(At(prices.reserve_down, t), fleet.hours * fleet.reserve_down_price_usd_per_kwh,
                        At(region.reserve_down_kw, t));
    const double in = At(prices.import_limit, t), out = At(prices.export_limit, t);
    if (is_below && in > 0.0) sum -= in * region.import_limit_kw[t];
    if (is_below && out > 0.0) sum -= out * region.export_limit_kw[t];
  }
  return sum;
}

double RenewableBound(const RegionModel& model, std::size_t part, const TreeWorth& worth_of) {
  const double hours = model.fleet.hours;
  const DeviceSums& own = model.parts[part].own;
  double sum = own.must_take_cost_usd;
  for (std::size_t kind = 0; kind < kHeadroomKinds; ++kind) {
    const Series& worth = worth_of(part, static_cast<Headroom>(kind));
    for (std::size_t t = 0; t < model.count(); ++t) sum -= worth[t] * own.must_take_kw[kind][t];
    for (std::size_t r : model.parts[part].renewables) {
      const RenewableModel& renewable = model.renewables[r];
      if (renewable.of->headroom != kind) continue;
      for (std::size_t t = 0; t < model.count(); ++t) {
        const double price = worth[t] / hours, taken = renewable.order.TakenAt(price);
        const double at_full =
            renewable.order.curtailment_usd_per_hour() + renewable.order.NetCost(taken) - price * taken;
        sum += hours * model.AvailableKw(*renewable.of, t, at_full);
      }
    }
  }
  return sum;
}

// What the headroom terms of devices' answers leave out: - up x highest + down x lowest, with all below. USD.
double HeadroomConstant(const RegionModel& model, std::size_t part, const RegionPrices& prices) {
  const DeviceSums& below = model.parts[part].with_below;
  double sum = 0.0;
  for (std::size_t t = 0; t < model.count(); ++t) {
    sum += At(prices.reserve_down, t) * below.lowest_down_kw[t] - At(prices.reserve_up, t) * below.highest_up_kw[t];
  }
  return sum;
}

// Of the price of headroom a part.
void MakeAdmissible(const Series& headroom, Series& backing) {
  for (std::size_t t = 0; t < backing.size(); ++t) {
    backing[t] = std::clamp(OnPriceGrid(backing[t]), 0.0, At(headroom, t));
  }
}

}  // namespace

double OnPriceGrid(double price) {
  return std::nearbyint(price / kPriceGrid) * kPriceGrid;
}

RegionPrices Admissible(const RegionModel& model, RegionPrices prices) {
  for (Series* series : {&prices.balance, &prices.flattening, &prices.reserve_up, &prices.reserve_down, &prices.peak}) {
    for (double& value : *series) value = OnPriceGrid(value);
  }
  const auto positive = [](Series& series) {
    for (double& value : series) value = std::max(value, 0.0);
  };
  positive(prices.reserve_up);
  positive(prices.reserve_down);
  positive(prices.peak);
  if (model.region.reserve_up_kw.empty()) prices.reserve_up.clear();
  if (model.region.reserve_down_kw.empty()) prices.reserve_down.clear();
  if (model.region.peak_charge_usd_per_kw <= 0.0) prices.peak.clear();
  const double most = model.fleet.hours * model.region.flattening_usd_per_kwh;
  for (double& value : prices.flattening) value = std::clamp(value, -most, most);
  for (BackingPrices& run : prices.backing) {
    MakeAdmissible(prices.reserve_up, run.up);
    MakeAdmissible(prices.reserve_down, run.down);
  }
  return prices;
}

double GridBound(const RegionModel& model, const TreePrices& prices, const TreeWorth& worth) {
  double bound = ExchangeBound(model, prices[0]);
  for (std::size_t part = 0; part < model.parts.size(); ++part) {
    bound += ServiceBound(model, part, prices[part], worth(part, kNoHeadroom)) + RenewableBound(model, part, worth) +
             HeadroomConstant(model, part, prices[part]);
  }
  return bound;
}

double GridBound(const RegionModel& model, const RegionPrices& prices) {
  const TreePrices alone{prices};
  return GridBound(model, alone, TreeWorth(model, alone));
}

}  // namespace derms::dispatch::fleet
