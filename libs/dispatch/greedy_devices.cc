#include "libs/dispatch/greedy_devices.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "libs/dispatch/device_limits.h"

namespace derms::dispatch {
namespace {

std::size_t Count(const Problem& problem) {
  return static_cast<std::size_t>(problem.interval_count);
}

// The output whose marginal cost meets the price.
double WantedOutputKw(const Problem& problem, const Unit& unit, double price) {
  const double worth = price - problem.carbon_price_usd_per_kg * unit.co2_kg_per_kwh;
  if (unit.cost_pieces.empty()) return worth >= 0.0 ? unit.max_kw : unit.min_kw;
  double wanted = unit.min_kw;
  for (const CostPiece& piece : unit.cost_pieces) {
    if (piece.usd_per_kwh <= worth) wanted = std::max(wanted, piece.up_to_kw);
  }
  return std::min(wanted, unit.max_kw);
}

Series RunAlways(const Problem& problem, const Unit& unit, const Series& price) {
  const double up = RampUpKw(unit, problem.hours()), down = RampDownKw(unit, problem.hours());
  const bool starts = unit.committable && !IsOnBefore(unit);
  double before = unit.initial_kw.value_or(0.0);
  Series power(Count(problem));
  for (std::size_t t = 0; t < power.size(); ++t) {
    const bool free = t == 0 && !unit.committable && !unit.initial_kw;
    const double rise = t == 0 && starts ? std::max(unit.min_kw, up) : up;
    const double lowest = free ? unit.min_kw : std::max(unit.min_kw, before - down);
    const double highest = free ? unit.max_kw : std::min(unit.max_kw, before + rise);
    power[t] = std::clamp(WantedOutputKw(problem, unit, price[t]), std::min(lowest, highest), highest);
    before = power[t];
  }
  return power;
}

// Off as soon as the ramp lets it go.
Series SwitchOff(const Problem& problem, const Unit& unit) {
  const double down = RampDownKw(unit, problem.hours());
  const double off_from = std::max(unit.min_kw, down);
  Series power(Count(problem), 0.0);
  double before = unit.initial_kw.value_or(0.0);
  for (std::size_t t = 0; t < power.size() && before > off_from; ++t) {
    power[t] = before = std::max(unit.min_kw, before - down);
  }
  return power;
}

double MarginUsd(const Problem& problem, const Unit& unit, const Series& price, const Series& power) {
  double margin = 0.0;
  bool was_on = IsOnBefore(unit);
  for (std::size_t t = 0; t < power.size(); ++t) {
    const bool on = power[t] > 0.0;
    const double carbon = problem.carbon_price_usd_per_kg * unit.co2_kg_per_kwh;
    margin += problem.hours() * ((price[t] - carbon) * power[t] - CurveCostUsdPerHour(unit, power[t]) -
                                 (on ? unit.no_load_usd_per_hour : 0.0));
    if (on && !was_on) margin -= unit.start_cost_usd;
    was_on = on;
  }
  return margin;
}

std::vector<std::size_t> ByPrice(const Series& price) {
  std::vector<std::size_t> order(price.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return price[a] < price[b]; });
  return order;
}

}  // namespace

void PlanUnit(const Problem& problem, const Unit& unit, const Series& price, DeviceSchedule& schedule) {
  schedule.power_kw = RunAlways(problem, unit, price);
  if (!unit.committable) return;
  Series off = SwitchOff(problem, unit);
  if (MarginUsd(problem, unit, price, off) < MarginUsd(problem, unit, price, schedule.power_kw)) {
    schedule.power_kw = std::move(off);
    for (std::size_t t = 0; t < schedule.on.size(); ++t) schedule.on[t] = schedule.power_kw[t] > 0.0;
  }
}

void PlanHydro(const Problem& problem, const Hydro& hydro, const Series& price, DeviceSchedule& schedule) {
  schedule.power_kw.assign(Count(problem), hydro.min_kw);
  double left_kwh =
      hydro.energy_budget_kwh.value_or(kUnlimited) - hydro.min_kw * problem.hours() * problem.interval_count;
  const std::vector<std::size_t> order = ByPrice(price);
  for (auto it = order.rbegin(); it != order.rend() && price[*it] >= hydro.marginal_cost_usd_per_kwh; ++it) {
    const double room_kw = problem.at(hydro.availability_kw, static_cast<int>(*it)) - hydro.min_kw;
    const double more_kw = std::clamp(left_kwh / problem.hours(), 0.0, room_kw);
    schedule.power_kw[*it] += more_kw;
    left_kwh -= more_kw * problem.hours();
  }
}

std::vector<int> StorageWishes(const Problem& problem, const Storage& storage, const Series& price) {
  std::vector<int> wishes(price.size(), 0);
  const double fill_kw = problem.hours() * storage.charge_efficiency * storage.charge_max_kw;
  const double usable_kwh = storage.energy_max_kwh - storage.energy_min_kwh;
  if (fill_kw <= 0.0 || usable_kwh <= 0.0) return wishes;
  const auto to_fill = static_cast<std::size_t>(std::min(std::ceil(usable_kwh / fill_kw), 1e6));
  const std::vector<std::size_t> order = ByPrice(price);
  const std::size_t pairs = std::min(std::max<std::size_t>(to_fill, 1), order.size() / 2);
  const double round_trip = storage.charge_efficiency * storage.discharge_efficiency;
  for (std::size_t k = 0; k < pairs; ++k) {
    const std::size_t cheap = order[k], dear = order[order.size() - 1 - k];
    if (price[dear] - storage.wear_usd_per_kwh <= price[cheap] / round_trip) break;
    wishes[cheap] = -1;
    wishes[dear] = 1;
  }
  return wishes;
}

Series LeastEnergyKwh(const Problem& problem, const Storage& storage) {
  const double keep = Retention(storage, problem.hours());
  const double gain_kwh = problem.hours() * storage.charge_efficiency * storage.charge_max_kw;
  Series least(Count(problem));
  double needed = std::max(storage.final_energy_min_kwh, storage.energy_min_kwh);
  for (std::size_t t = least.size(); t-- > 0;) {
    least[t] = needed;
    needed = std::max(storage.energy_min_kwh, (needed - gain_kwh) / keep);
  }
  return least;
}

}  // namespace derms::dispatch
