// The greedy rule for units: on and off by a dynamic program over prices that looks at minimum times and start costs
// but not at ramps, then output as near to the price's as the ramps let it.
#include <algorithm>
#include <cmath>

#include "libs/dispatch/commitment.h"
#include "libs/dispatch/device_limits.h"
#include "libs/dispatch/greedy_devices.h"
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

// Best pattern without ramps. States: on for 0..min_up intervals, off for 0..D intervals, the last ones "or longer".
class PatternProgram {
 public:
  PatternProgram(const Problem& problem, const Unit& unit)
      : problem_(problem), unit_(unit), rules_(problem, unit), hours_(problem.hours()) {
    const int count = problem.interval_count;
    const double cold_hours = unit.start_costs.empty() ? 0.0 : unit.start_costs.back().off_hours;
    most_on_ = std::min(rules_.min_up, count + 1);
    most_off_ = std::clamp(std::max(rules_.min_down, WholeIntervals(cold_hours, hours_)), 1, count + 1);
  }

  OnPattern Best(const Series& price, const Series& wanted) {
    const auto states = static_cast<std::size_t>(most_on_ + most_off_ + 2);
    std::vector<double> best(states, -kUnlimited);
    best[InitialState()] = 0.0;
    std::vector<std::vector<std::uint32_t>> from(price.size(), std::vector<std::uint32_t>(states, 0));
    for (std::size_t t = 0; t < price.size(); ++t) {
      const double running = RunningMarginUsd(problem_, unit_, price[t], wanted[t]);
      std::vector<double> next(states, -kUnlimited);
      const auto reach = [&](std::size_t state, std::size_t before, double margin) {
        if (margin <= next[state]) return;
        next[state] = margin;
        from[t][state] = static_cast<std::uint32_t>(before);
      };
      for (std::size_t state = 0; state < states; ++state) {
        if (best[state] == -kUnlimited) continue;
        Step(static_cast<int>(t), state, best[state], running, reach);
      }
      best = std::move(next);
    }
    return Trace(best, from);
  }

 private:
  std::size_t On(int intervals) const { return static_cast<std::size_t>(std::min(intervals, most_on_)); }
  std::size_t Off(int intervals) const {
    return static_cast<std::size_t>(most_on_ + 1 + std::min(intervals, most_off_));
  }
  bool IsOn(std::size_t state) const { return state <= static_cast<std::size_t>(most_on_); }

  std::size_t InitialState() const {
    if (rules_.on_before) return On(std::max(rules_.min_up - rules_.held, 0));
    const double off = std::min(rules_.off_hours_before / hours_, 1e6);
    if (rules_.held > 0) return Off(std::max(rules_.min_down - rules_.held, 0));
    return Off(std::max(rules_.min_down, static_cast<int>(off)));
  }

  template <typename Reach>
  void Step(int t, std::size_t state, double margin, double running, const Reach& reach) const {
    const bool planned = rules_.planned[static_cast<std::size_t>(t)] != 0;
    if (IsOn(state)) {
      const int intervals = static_cast<int>(state);
      if (!planned) reach(On(intervals + 1), state, margin + running);
      const bool may_stop = intervals >= most_on_ && (!rules_.on_before || t >= rules_.EarliestStop());
      if (may_stop) reach(Off(1), state, margin - unit_.stop_cost_usd);
    } else {
      const int intervals = static_cast<int>(state) - most_on_ - 1;
      reach(Off(intervals + 1), state, margin);
      if (planned || intervals < std::min(rules_.min_down, most_off_)) return;
      reach(On(1), state, margin + running - StartCostUsd(unit_, intervals * hours_));
    }
  }

  OnPattern Trace(const std::vector<double>& best, const std::vector<std::vector<std::uint32_t>>& from) const {
    auto state = static_cast<std::size_t>(std::max_element(best.begin(), best.end()) - best.begin());
    if (best[state] == -kUnlimited) return OffAsSoonAsPossible(problem_, unit_);
    OnPattern on(from.size(), 0);
    for (std::size_t t = from.size(); t-- > 0;) {
      on[t] = IsOn(state);
      state = from[t][state];
    }
    return on;
  }

  const Problem& problem_;
  const Unit& unit_;
  const Commitment rules_;
  const double hours_;
  int most_on_ = 1, most_off_ = 1;
};

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
  if (switches) plan.on = PatternProgram(problem, unit).Best(price, wanted);
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
