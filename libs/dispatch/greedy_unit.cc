// The greedy rule for units: on and off by on_pattern.h at the prices, then output as near to the price's as ramps and
// budget let it.
#include <algorithm>
#include <cmath>

#include "libs/dispatch/commitment.h"
#include "libs/dispatch/device_limits.h"
#include "libs/dispatch/greedy_devices.h"
#include "libs/dispatch/on_pattern.h"
#include "libs/dispatch/unit_paths.h"

namespace derms::dispatch {
namespace {

// The output whose marginal cost meets the price.
double WantedOutputKw(const Problem& problem, const Unit& unit, double price) {
  const double worth = price - problem.carbon_price_usd_per_kg * unit.co2_kg_per_kwh;
  const double twice_q = 2.0 * unit.quadratic_usd_per_kw2h;
  const auto most_at = [&](double piece_price) {  // where piece_price + 2 q p reaches the worth
    if (twice_q > 0.0) return (worth - piece_price) / twice_q;
    return worth >= piece_price ? kUnlimited : 0.0;
  };
  double wanted = unit.min_kw, from = 0.0;
  if (unit.cost_pieces.empty()) wanted = most_at(0.0);
  for (const CostPiece& piece : unit.cost_pieces) {
    const double most = std::min(most_at(piece.usd_per_kwh), piece.up_to_kw);
    if (most > from) wanted = std::max(wanted, most);
    from = piece.up_to_kw;
  }
  return std::clamp(wanted, unit.min_kw, unit.max_kw);
}

Series WantedOutputs(const Problem& problem, const Unit& unit, const Series& price) {
  Series wanted(price.size());
  for (std::size_t t = 0; t < price.size(); ++t) wanted[t] = WantedOutputKw(problem, unit, price[t]);
  return wanted;
}

double RunningMarginUsd(const Problem& problem, const Unit& unit, double price, double power) {
  const double worth = price - problem.carbon_price_usd_per_kg * unit.co2_kg_per_kwh;
  return problem.hours() * (worth * power - CurveCostUsdPerHour(unit, power) - unit.no_load_usd_per_hour);
}

struct Plan {
  OnPattern on;
  Series power_kw;
};

double MarginUsd(const Problem& problem, const Unit& unit, const Series& price, const Plan& plan) {
  double margin = unit.committable ? -SwitchingCostUsd(problem, unit, plan.on) : 0.0;
  for (std::size_t t = 0; t < price.size(); ++t) {
    if (plan.on[t] != 0) margin += RunningMarginUsd(problem, unit, price[t], plan.power_kw[t]);
  }
  return margin;
}

// Down towards the least energy that the pattern allows, as far as the budget asks; a mix of two paths with one pattern
// keeps ramps and limits. False: even the least is too much.
bool KeepBudget(const Problem& problem, const Unit& unit, Plan& plan) {
  if (!unit.energy_budget_kwh) return true;
  const double energy = EnergyKwh(problem, plan.power_kw);
  if (energy <= *unit.energy_budget_kwh) return true;
  const Series least = FollowOutputs(problem, unit, plan.on, Series(plan.on.size(), 0.0));
  const double least_energy = EnergyKwh(problem, least);
  if (least_energy > *unit.energy_budget_kwh) return false;
  const double share = energy > least_energy ? (*unit.energy_budget_kwh - least_energy) / (energy - least_energy) : 0.0;
  for (std::size_t t = 0; t < least.size(); ++t) plan.power_kw[t] = least[t] + share * (plan.power_kw[t] - least[t]);
  return true;
}

}  // namespace

void PlanUnit(const Problem& problem, const Unit& unit, const Series& price, DeviceSchedule& schedule) {
  const Series wanted = WantedOutputs(problem, unit, price);
  Plan plan{OnPattern(price.size(), 1), {}};
  const bool switches = NeedsCommitment(unit);
  if (switches) {
    Series margins(price.size());
    for (std::size_t t = 0; t < price.size(); ++t) margins[t] = RunningMarginUsd(problem, unit, price[t], wanted[t]);
    plan.on = BestPattern(problem, unit, margins, Switching::kCosts);
  }
  plan.power_kw = FollowOutputs(problem, unit, plan.on, wanted);
  const bool affordable = KeepBudget(problem, unit, plan);
  if (switches) {
    Plan off{OffAsSoonAsPossible(problem, unit), {}};
    off.power_kw = FollowOutputs(problem, unit, off.on, Series(price.size(), 0.0));
    if (!affordable || MarginUsd(problem, unit, price, off) > MarginUsd(problem, unit, price, plan)) {
      plan = std::move(off);
    }
    schedule.on = plan.on;
  }
  schedule.power_kw = std::move(plan.power_kw);
}

}  // namespace derms::dispatch
