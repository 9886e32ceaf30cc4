// Units: output, ramps, minimum times, maintenance, budget; and what they cost.
#include <algorithm>
#include <cmath>

#include "absl/strings/str_format.h"
#include "libs/dispatch/checker_parts.h"

namespace derms::dispatch::checking {
namespace {

constexpr double kRoundingHours = 1e-9;

double At(const Series& series, int t) {
  return series[static_cast<std::size_t>(t)];
}

// Follows a unit through the horizon: is it on, and since when.
struct State {
  bool on = true;
  double hours = kUnlimited;
  double power_kw = 0.0;
};

State Before(const Unit& unit) {
  const double power = unit.initial_kw.value_or(0.0);
  return {!unit.committable || power > 0.0, unit.initial_state_hours.value_or(kUnlimited), power};
}

State After(const State& before, bool on, double power_kw, double hours) {
  return {on, on == before.on ? before.hours + hours : hours, power_kw};
}

bool IsOn(const Unit& unit, const DeviceSchedule& schedule, int t) {
  return !unit.committable || schedule.on[static_cast<std::size_t>(t)] != 0;
}

class UnitJudge {
 public:
  UnitJudge(const Problem& problem, const std::string& id, const Unit& unit, const DeviceSchedule& schedule,
            Findings& findings)
      : problem_(problem), id_(id), unit_(unit), schedule_(schedule), findings_(findings) {}

  void Run() const {
    const double hours = absl::ToDoubleHours(problem_.interval_length);
    State state = Before(unit_);
    double energy = 0.0;
    for (int t = 0; t < problem_.interval_count; ++t) {
      const bool on = IsOn(unit_, schedule_, t);
      const double power = At(schedule_.power_kw, t);
      const char* rule = on ? "unit_output" : "unit_off";
      findings_.AtMost(rule, id_, t, power, on ? unit_.max_kw : 0.0, unit_.max_kw);
      findings_.AtMost(rule, id_, t, on ? unit_.min_kw : 0.0, power, unit_.max_kw);
      CheckSwitch(t, state, on);
      if (t > 0 || unit_.committable || unit_.initial_kw.has_value()) CheckRamp(t, state, on, power);
      state = After(state, on, power, hours);
      energy += hours * power;
    }
    for (const IntervalRange& range : unit_.maintenance) CheckOff(range);
    if (unit_.energy_budget_kwh) {
      findings_.AtMost("energy_budget", id_, -1, energy, *unit_.energy_budget_kwh, *unit_.energy_budget_kwh);
    }
  }

 private:
  void CheckSwitch(int t, const State& before, bool on) const {
    if (on == before.on) return;
    const double least = on ? unit_.min_down_hours : unit_.min_up_hours;
    if (before.hours + kRoundingHours >= least) return;
    findings_.Add(on ? "min_down_time" : "min_up_time", id_, t, least - before.hours,
                  absl::StrFormat("%s after %.6g h, must be %.6g h", on ? "starts" : "stops", before.hours, least));
  }

  void CheckRamp(int t, const State& before, bool on, double power) const {
    const double minutes = absl::ToDoubleMinutes(problem_.interval_length);
    const double rise = unit_.ramp_up_kw_per_min * minutes, fall = unit_.ramp_down_kw_per_min * minutes;
    if (before.on && on) {
      findings_.AtMost("ramp_up", id_, t, power - before.power_kw, rise, unit_.max_kw);
      findings_.AtMost("ramp_down", id_, t, before.power_kw - power, fall, unit_.max_kw);
    } else if (on) {
      findings_.AtMost("start_max", id_, t, power, unit_.start_max_kw.value_or(std::max(rise, unit_.min_kw)),
                       unit_.max_kw);
    } else if (before.on) {
      findings_.AtMost("stop_max", id_, t, before.power_kw, unit_.stop_max_kw.value_or(std::max(fall, unit_.min_kw)),
                       unit_.max_kw);
    }
  }

  void CheckOff(const IntervalRange& range) const {
    for (int t = range.first; t < range.end; ++t) {
      if (IsOn(unit_, schedule_, t)) findings_.Add("maintenance", id_, t, 1, "on during planned maintenance");
    }
  }

  const Problem& problem_;
  const std::string& id_;
  const Unit& unit_;
  const DeviceSchedule& schedule_;
  Findings& findings_;
};

// Integral of the marginal price from 0 to the output.
double FuelPerHour(const Unit& unit, double power) {
  double cost = power * power * unit.quadratic_usd_per_kw2h;
  for (std::size_t k = 0; k < unit.cost_pieces.size(); ++k) {
    const double from = k == 0 ? 0.0 : unit.cost_pieces[k - 1].up_to_kw;
    const double on_piece = std::min(power, unit.cost_pieces[k].up_to_kw) - from;
    if (on_piece > 0.0) cost += on_piece * unit.cost_pieces[k].usd_per_kwh;
  }
  return cost;
}

double StartUsd(const Unit& unit, double hours_off) {
  if (unit.start_costs.empty()) return unit.start_cost_usd;
  double usd = 0.0;
  for (const StartCost& step : unit.start_costs) {
    if (hours_off + kRoundingHours >= step.off_hours) usd = step.usd;
  }
  return usd;
}

}  // namespace

void CheckUnit(const Problem& problem, const Device& device, const DeviceSchedule& schedule, Findings& findings) {
  UnitJudge(problem, device.id, std::get<Unit>(device.kind), schedule, findings).Run();
}

void AddUnitCost(const Problem& problem, const Unit& unit, const DeviceSchedule& schedule, CostBreakdown& cost) {
  const double hours = absl::ToDoubleHours(problem.interval_length);
  State state = Before(unit);
  for (int t = 0; t < problem.interval_count; ++t) {
    const bool on = IsOn(unit, schedule, t);
    const double power = At(schedule.power_kw, t);
    if (on && !state.on) cost.start_usd += StartUsd(unit, state.hours);
    if (!on && state.on) cost.start_usd += unit.stop_cost_usd;
    cost.generation_usd += hours * (FuelPerHour(unit, power) + (on ? unit.no_load_usd_per_hour : 0.0));
    cost.carbon_usd += problem.carbon_price_usd_per_kg * unit.co2_kg_per_kwh * hours * power;
    state = After(state, on, power, hours);
  }
}

}  // namespace derms::dispatch::checking
