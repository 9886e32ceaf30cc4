#include "libs/dispatch/rounding.h"

#include "libs/dispatch/accounting.h"
#include "libs/dispatch/device_limits.h"
#include "libs/dispatch/greedy_devices.h"
#include "libs/dispatch/on_pattern.h"

namespace derms::dispatch {
namespace {

constexpr double kHalf = 0.5;
constexpr int kBudgetSteps = 6;

Series SharesOn(const Problem& problem, int first, const std::vector<double>& x) {
  Series shares(static_cast<std::size_t>(problem.interval_count));
  for (std::size_t t = 0; t < shares.size(); ++t) shares[t] = x[static_cast<std::size_t>(first) + t];
  return shares;
}

bool FitsBudget(const Problem& problem, const Unit& unit, const OnPattern& on) {
  if (!unit.energy_budget_kwh) return true;
  return EnergyKwh(problem, FollowOutputs(problem, unit, on, Series(on.size(), 0.0))) <= *unit.energy_budget_kwh;
}

OnPattern NearestPattern(const Problem& problem, const Unit& unit, const Series& shares) {
  for (int step = 0; step < kBudgetSteps; ++step) {
    Series worth = shares;
    for (double& value : worth) value -= kHalf + kHalf * step / kBudgetSteps;
    OnPattern on = BestPattern(problem, unit, worth, Switching::kFree);
    if (FitsBudget(problem, unit, on)) return on;
  }
  return OffAsSoonAsPossible(problem, unit);
}

// The load's intervals with the largest shares; none when the relaxation gave it less than half of what it asks for.
OnPattern NearestPattern(const Problem& problem, const FlexibleLoad& load, const Series& shares, double delivered_kwh) {
  DeviceSchedule schedule;
  schedule.power_kw.assign(shares.size(), 0.0);
  schedule.on.assign(shares.size(), 0);
  if (load.undelivered_usd_per_kwh && delivered_kwh < kHalf * load.energy_kwh) return schedule.on;
  FlexibleLoad wanted = load;
  wanted.undelivered_usd_per_kwh.reset();
  Series costs = shares;
  for (double& cost : costs) cost = -cost;
  PlanLoad(problem, wanted, costs, LoadRule::kByPrice, schedule);
  return schedule.on;
}

}  // namespace

OnPatterns NearestPatterns(const Problem& problem, const LpModel& model, const std::vector<double>& x) {
  OnPatterns patterns(problem.devices.size());
  for (std::size_t i = 0; i < problem.devices.size(); ++i) {
    const DeviceColumns& columns = model.device_columns[i];
    if (columns.on == kAbsent) continue;
    const Series shares = SharesOn(problem, columns.on, x);
    if (const auto* unit = std::get_if<Unit>(&problem.devices[i].kind)) {
      patterns[i] = NearestPattern(problem, *unit, shares);
    } else if (const auto* load = std::get_if<FlexibleLoad>(&problem.devices[i].kind)) {
      const double delivered_kwh = EnergyKwh(problem, SharesOn(problem, columns.consumption, x));
      patterns[i] = NearestPattern(problem, *load, shares, delivered_kwh);
    }
  }
  return patterns;
}

OnPatterns PricedPatterns(const Problem& problem, const LpModel& model, const std::vector<Series>& prices) {
  OnPatterns patterns(problem.devices.size());
  Solution solution = EmptySolution(problem);
  for (std::size_t i = 0; i < problem.devices.size(); ++i) {
    if (model.device_columns[i].on == kAbsent) continue;
    const Series& price = prices[static_cast<std::size_t>(problem.devices[i].region)];
    DeviceSchedule& schedule = solution.devices[i];
    if (const auto* unit = std::get_if<Unit>(&problem.devices[i].kind)) PlanUnit(problem, *unit, price, schedule);
    if (const auto* load = std::get_if<FlexibleLoad>(&problem.devices[i].kind)) {
      PlanLoad(problem, *load, price, LoadRule::kByPrice, schedule);
    }
    patterns[i] = schedule.on;
  }
  return patterns;
}

}  // namespace derms::dispatch
