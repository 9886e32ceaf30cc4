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

std::vector<std::size_t> ByPrice(const Series& price) {
  std::vector<std::size_t> order(price.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return price[a] < price[b]; });
  return order;
}

}  // namespace

void PlanHydro(const Problem& problem, const Hydro& hydro, const Series& price, DeviceSchedule& schedule) {
  schedule.power_kw.assign(Count(problem), hydro.min_kw);
  const double least_kwh = hydro.min_kw * problem.hours();  // in an interval
  double left_kwh = hydro.energy_budget_kwh.value_or(kUnlimited) - least_kwh * problem.interval_count;
  double unlimited_kwh = kUnlimited;
  std::vector<double> left_in_period_kwh;
  std::vector<double*> of_period(Count(problem), &unlimited_kwh);  // by interval
  left_in_period_kwh.reserve(hydro.period_budgets.size());
  for (const PeriodBudget& budget : hydro.period_budgets) {
    const auto& [first, end] = budget.intervals;
    left_in_period_kwh.push_back(budget.energy_kwh - least_kwh * (end - first));
    std::fill(of_period.begin() + first, of_period.begin() + end, &left_in_period_kwh.back());
  }
  const std::vector<std::size_t> order = ByPrice(price);
  for (auto it = order.rbegin(); it != order.rend() && price[*it] >= hydro.marginal_cost_usd_per_kwh; ++it) {
    const double room_kw = problem.at(hydro.availability_kw, static_cast<int>(*it)) - hydro.min_kw;
    const double more_kw = std::clamp(std::min(left_kwh, *of_period[*it]) / problem.hours(), 0.0, room_kw);
    schedule.power_kw[*it] += more_kw;
    left_kwh -= more_kw * problem.hours();
    *of_period[*it] -= more_kw * problem.hours();
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

EnergyBounds ReachableBounds(const Problem& problem, const Storage& storage) {
  const double keep = Retention(storage, problem.hours());
  const double gain_kwh = problem.hours() * storage.charge_efficiency * storage.charge_max_kw;
  const double drain_kwh = problem.hours() * storage.discharge_max_kw / storage.discharge_efficiency;
  EnergyBounds bounds = EnergyBoundsOf(problem, storage);
  for (std::size_t t = bounds.least_kwh.size(); t-- > 1;) {
    const double inflow_kwh = problem.hours() * InflowKw(problem, storage, static_cast<int>(t));
    double& least = bounds.least_kwh[t - 1];
    double& most = bounds.most_kwh[t - 1];
    least = std::max(least, (bounds.least_kwh[t] - gain_kwh - inflow_kwh) / keep);
    most = std::min(most, (bounds.most_kwh[t] + drain_kwh) / keep);  // inflow can be spilled
  }
  return bounds;
}

namespace {

// How many intervals on the load takes, and at which power; less than its energy where that does not come out.
struct LoadShape {
  int intervals = 0;
  double power_kw = 0.0;
};

LoadShape ShapeOf(const FlexibleLoad& load, double hours, int window) {
  if (load.energy_kwh <= 0.0 || load.max_kw <= 0.0) return {};
  const double needed = std::min(load.energy_kwh / (hours * load.max_kw), 1e6);
  const int whole = static_cast<int>(std::ceil(needed - 1e-9));
  const double power = load.energy_kwh / (hours * std::max(whole, 1));
  if (whole <= window && power >= load.min_kw) return {whole, std::min(power, load.max_kw)};
  return {std::min(static_cast<int>(needed + 1e-9), window), load.max_kw};
}

// First interval of the cheapest run.
int CheapestRun(const Series& price, const IntervalRange& window, int length) {
  int best = window.first;
  double sum = 0.0, least = kUnlimited;
  for (int t = window.first; t < window.end; ++t) {
    sum += price[static_cast<std::size_t>(t)];
    if (t - length >= window.first) sum -= price[static_cast<std::size_t>(t - length)];
    if (t + 1 - length >= window.first && sum < least - 1e-12) {
      least = sum;
      best = t + 1 - length;
    }
  }
  return best;
}

}  // namespace

void PlanLoad(const Problem& problem, const FlexibleLoad& load, const Series& price, LoadRule rule,
              DeviceSchedule& schedule) {
  const IntervalRange window = WindowOf(problem, load);
  const int length = window.end - window.first;
  const double value = load.undelivered_usd_per_kwh.value_or(kUnlimited);
  const auto run = [&](int t, double power_kw) {
    schedule.power_kw[static_cast<std::size_t>(t)] = -power_kw;
    if (load.min_kw > 0.0) schedule.on[static_cast<std::size_t>(t)] = power_kw > 0.0;
  };
  if (rule == LoadRule::kLeast && load.undelivered_usd_per_kwh) return;
  if (load.min_kw <= 0.0 && rule == LoadRule::kEven) {
    const double power = std::min(load.energy_kwh / (problem.hours() * length), load.max_kw);
    for (int t = window.first; t < window.end; ++t) run(t, power);
    return;
  }
  const LoadShape shape = ShapeOf(load, problem.hours(), length);
  if (load.contiguous) {
    const int first = rule == LoadRule::kByPrice ? CheapestRun(price, window, shape.intervals) : window.first;
    double cost = 0.0;
    for (int t = first; t < first + shape.intervals; ++t) cost += price[static_cast<std::size_t>(t)];
    if (cost > value * shape.intervals) return;
    for (int t = first; t < first + shape.intervals; ++t) run(t, shape.power_kw);
    return;
  }
  std::vector<int> order;
  for (int t = window.first; t < window.end; ++t) order.push_back(t);
  if (rule == LoadRule::kByPrice) {
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
      return price[static_cast<std::size_t>(a)] < price[static_cast<std::size_t>(b)];
    });
  }
  double left_kwh = load.energy_kwh;
  for (int k = 0; k < shape.intervals; ++k) {
    const int t = order[static_cast<std::size_t>(k)];
    if (price[static_cast<std::size_t>(t)] > value) break;
    // Without a minimum the last interval takes what is left; else all take the same.
    const double power = load.min_kw > 0.0 ? shape.power_kw : std::min(load.max_kw, left_kwh / problem.hours());
    run(t, power);
    left_kwh -= problem.hours() * power;
  }
}

}  // namespace derms::dispatch
