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

double MostImportKw(const RegionModel& model, std::size_t t) {
  const double could = model.region.demand_kw[t] + model.most_consumption_kw + model.most_injection_kw[t];
  return std::min(model.region.import_limit_kw[t], could);
}
double MostExportKw(const RegionModel& model, std::size_t t) {
  return std::min(model.region.export_limit_kw[t], model.most_injection_kw[t]);
}

double ExchangeBound(const RegionModel& model, const RegionPrices& prices) {
  const FleetRegion& region = model.region;
  const double hours = model.fleet.hours;
  double sum = 0.0, peak_slope = region.peak_charge_usd_per_kw, level_slope = 0.0;
  double most_in = region.peak_so_far_kw, most_out = 0.0;
  for (std::size_t t = 0; t < model.count(); ++t) {
    const double balance = At(prices.balance, t), peak = At(prices.peak, t);
    const double in = hours * region.import_price_usd_per_kwh[t] - balance + peak;
    const double out = balance - hours * region.export_price_usd_per_kwh[t];
    // Never both, so the better of the two.
    sum += std::min(Least(in, 0.0, MostImportKw(model, t)), Least(out, 0.0, MostExportKw(model, t)));
    peak_slope -= peak;
    level_slope -= At(prices.flattening, t);
    most_in = std::max(most_in, MostImportKw(model, t));
    most_out = std::max(most_out, MostExportKw(model, t));
  }
  sum += Least(peak_slope, region.peak_so_far_kw, most_in) - region.peak_charge_usd_per_kw * region.peak_so_far_kw;
  return sum + Least(level_slope, -most_out, most_in);
}

double ReserveBound(double multiplier, double price_usd_per_kw, double required_kw) {
  return multiplier * required_kw + Least(price_usd_per_kw - multiplier, 0.0, required_kw);
}

double ServiceBound(const RegionModel& model, const RegionPrices& prices) {
  const FleetRegion& region = model.region;
  const Fleet& fleet = model.fleet;
  double sum = 0.0;
  for (std::size_t t = 0; t < model.count(); ++t) {
    const double worth = At(prices.balance, t) + At(prices.flattening, t), demand = region.demand_kw[t];
    sum += worth * demand + Least(fleet.hours * fleet.value_of_lost_load_usd_per_kwh - worth, 0.0, demand) +
           Least(fleet.hours * fleet.over_generation_price_usd_per_kwh + worth, 0.0, model.most_injection_kw[t]) +
           ReserveBound(At(prices.reserve_up, t), fleet.hours * fleet.reserve_up_price_usd_per_kwh,
                        At(region.reserve_up_kw, t)) +
           ReserveBound(At(prices.reserve_down, t), fleet.hours * fleet.reserve_down_price_usd_per_kwh,
                        At(region.reserve_down_kw, t));
  }
  return sum;
}

double RenewableBound(const RegionModel& model, const RegionPrices& prices) {
  const double hours = model.fleet.hours;
  double sum = model.must_take_cost_usd;
  for (std::size_t kind = 0; kind < kHeadroomKinds; ++kind) {
    const Series worth = WorthOf(prices, static_cast<Headroom>(kind), model.count());
    for (std::size_t t = 0; t < model.count(); ++t) sum -= worth[t] * model.must_take_kw[kind][t];
    for (const RenewableModel& renewable : model.renewables) {
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

}  // namespace

RegionPrices Admissible(const RegionModel& model, RegionPrices prices) {
  for (Series* series : {&prices.balance, &prices.flattening, &prices.reserve_up, &prices.reserve_down, &prices.peak}) {
    for (double& value : *series) value = std::nearbyint(value / kPriceGrid) * kPriceGrid;
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
  return prices;
}

double HeadroomConstant(const RegionModel& model, const RegionPrices& prices) {
  double sum = 0.0;
  for (std::size_t t = 0; t < model.count(); ++t) {
    sum += At(prices.reserve_down, t) * model.lowest_down_kw[t] - At(prices.reserve_up, t) * model.highest_up_kw[t];
  }
  return sum;
}

double GridBound(const RegionModel& model, const RegionPrices& prices) {
  return ServiceBound(model, prices) + ExchangeBound(model, prices) + RenewableBound(model, prices) +
         HeadroomConstant(model, prices);
}

}  // namespace derms::dispatch::fleet
