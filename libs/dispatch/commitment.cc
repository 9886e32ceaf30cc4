#include "libs/dispatch/commitment.h"

#include <algorithm>
#include <cmath>

#include "libs/dispatch/device_limits.h"

namespace derms::dispatch {
namespace {

constexpr double kRoundingHours = 1e-9;
constexpr double kRoundingKw = 1e-9;
constexpr double kNever = 1e9;  // intervals

}  // namespace

int WholeIntervals(double hours, double hours_per_interval) {
  const double count = std::ceil((hours - kRoundingHours) / hours_per_interval);
  return static_cast<int>(std::clamp(count, 0.0, kNever));
}

bool NeedsCommitment(const Unit& unit) {
  return unit.committable &&
         (unit.min_kw > 0.0 || unit.no_load_usd_per_hour > 0.0 || unit.start_cost_usd > 0.0 ||
          !unit.start_costs.empty() || unit.stop_cost_usd > 0.0 || unit.min_up_hours > 0.0 ||
          unit.min_down_hours > 0.0 || unit.start_max_kw || unit.stop_max_kw || !unit.maintenance.empty());
}

Commitment::Commitment(const Problem& problem, const Unit& unit) {
  const double hours = problem.hours();
  const auto count = static_cast<std::size_t>(problem.interval_count);
  min_up = std::max(WholeIntervals(unit.min_up_hours, hours), 1);
  min_down = std::max(WholeIntervals(unit.min_down_hours, hours), 1);
  on_before = IsOnBefore(unit);
  const double since = unit.initial_state_hours.value_or(kUnlimited);
  const double needed = on_before ? unit.min_up_hours : unit.min_down_hours;
  if (unit.committable && since < needed) held = WholeIntervals(needed - since, hours);
  off_hours_before = on_before ? 0.0 : since;
  start_max_kw = std::min(unit.start_max_kw.value_or(std::max(unit.min_kw, RampUpKw(unit, hours))), unit.max_kw);
  stop_max_kw = std::min(unit.stop_max_kw.value_or(std::max(unit.min_kw, RampDownKw(unit, hours))), unit.max_kw);
  planned.assign(count, 0);
  for (const IntervalRange& range : unit.maintenance) {
    for (int t = range.first; t < range.end; ++t) planned[static_cast<std::size_t>(t)] = 1;
  }
  if (!on_before) return;
  const double too_much = unit.initial_kw.value_or(0.0) - stop_max_kw;
  const double fall = RampDownKw(unit, hours);
  if (too_much <= kRoundingKw) return;
  const double steps = fall > 0.0 ? std::ceil(too_much / fall - 1e-9) : kNever;
  ramp_down_first = static_cast<int>(std::clamp(steps, 1.0, kNever));
}

double StartCostUsd(const Unit& unit, double off_hours) {
  double cost = unit.start_cost_usd;
  for (const StartCost& step : unit.start_costs) {
    if (step.off_hours <= off_hours + kRoundingHours) cost = step.usd;
  }
  return cost;
}

double SwitchingCostUsd(const Problem& problem, const Unit& unit, const std::vector<std::uint8_t>& on) {
  bool was_on = IsOnBefore(unit);
  double off_hours = was_on ? 0.0 : unit.initial_state_hours.value_or(kUnlimited), cost = 0.0;
  for (const std::uint8_t now : on) {
    if (now != 0 && !was_on) cost += StartCostUsd(unit, off_hours);
    if (now == 0 && was_on) cost += unit.stop_cost_usd;
    off_hours = now != 0 ? 0.0 : off_hours + problem.hours();
    was_on = now != 0;
  }
  return cost;
}

}  // namespace derms::dispatch
