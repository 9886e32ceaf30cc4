#include "libs/dispatch/fleet/plan_keeper.h"

#include <algorithm>
#include <cmath>

namespace derms::dispatch::fleet {
namespace {

// Of a limit: what floats may lose; the checker's tolerance is ten times that.
constexpr double kRounding = 1e-7;

}  // namespace

bool PlanKeeper::KeepStorage(StorageTerms& s, std::size_t i, std::span<double> power_kw, double* cost_usd) const {
  const float* const plan = PlanOf(warm_.storage_kw, i);
  const double hours = fleet_.hours, charged = hours * s.charge_efficiency, drawn = hours / s.discharge_efficiency;
  const auto next = [&](double energy, double power) {
    return s.keep * energy - power * (power < 0.0 ? charged : drawn);
  };
  double planned = static_cast<double>(warm_.energy_kwh[i]);
  for (std::size_t t = 0; t < passed_; ++t) planned = next(planned, static_cast<double>(plan[t]));
  double energy = s.initial_energy_kwh, lowest = energy, highest = energy, discharged = 0.0, most = 0.0, least = 0.0;
  const auto enter = [&](std::size_t t, double power) {
    power_kw[t] = power;
    discharged += std::max(power, 0.0);
    most = std::max(most, power);
    least = std::min(least, power);
    lowest = std::min(lowest, energy);
    highest = std::max(highest, energy);
  };
  std::size_t t = 0;
  double acted = 0.0;  // the last power of the plan that is not zero
  for (std::size_t before = passed_; before-- > 0 && acted == 0.0;) acted = static_cast<double>(plan[before]);
  for (; energy != planned && t < kept_intervals_; ++t) {  // back to the plan
    const double wished = static_cast<double>(plan[t + passed_]);
    planned = next(planned, wished);
    if (wished != 0.0) acted = wished;
    const double change = planned - s.keep * energy, needed = -change / (change > 0.0 ? charged : drawn);
    const bool charges = acted < 0.0 && (wished != 0.0 || change > 0.0);
    const bool discharges = acted > 0.0 && (wished != 0.0 || change < 0.0);
    const double power = std::clamp(needed, charges ? -s.charge_max_kw : 0.0, discharges ? s.discharge_max_kw : 0.0);
    energy = power == needed ? planned : next(energy, power);
    enter(t, power);
  }
  for (; t < kept_intervals_; ++t) {
    const double power = static_cast<double>(plan[t + passed_]);
    energy = next(energy, power);
    enter(t, power);
  }
  const double energy_slack = kRounding * s.energy_max_kwh;
  const double power_slack = kRounding * std::max(s.charge_max_kw, s.discharge_max_kw);
  // After the last interval that is kept there must be time to charge what is required at the end.
  const double time_left = static_cast<double>(fleet_.intervals() - kept_intervals_);
  const double required =
      time_left > 0.0 ? s.final_energy_min_kwh - time_left * charged * s.charge_max_kw : s.final_energy_min_kwh;
  const bool holds = std::isfinite(energy) && lowest >= s.energy_min_kwh - energy_slack &&
                     highest <= s.energy_max_kwh + energy_slack && most <= s.discharge_max_kw + power_slack &&
                     -least <= s.charge_max_kw + power_slack && energy >= required - energy_slack;
  if (!holds) return false;
  s.initial_energy_kwh = std::clamp(energy, s.energy_min_kwh, s.energy_max_kwh);
  *cost_usd = hours * s.wear_usd_per_kwh * discharged;
  return true;
}

bool PlanKeeper::KeepUnit(UnitTerms& unit, std::size_t i, std::span<double> power_kw, double* cost_usd) const {
  const float* const plan = PlanOf(warm_.unit_kw, i);
  double before = unit.initial_kw, usd_per_hour = 0.0, priced = kUnlimited, sum = 0.0;
  for (std::size_t t = 0; t < kept_intervals_; ++t) {
    double power = static_cast<double>(plan[t + passed_]);
    if (!std::isfinite(power)) return false;
    if (t > 0 || !unit.starts_anywhere()) {
      power = std::clamp(power, before - unit.ramp_down_kw, before + unit.ramp_up_kw);
    }
    power = std::clamp(power, unit.min_kw, unit.max_kw);
    if (power != priced) usd_per_hour = unit.CostUsdPerHour(power);
    power_kw[t] = before = priced = power;
    sum += usd_per_hour;
  }
  *cost_usd = fleet_.hours * sum;
  unit.initial_kw = before;
  return true;
}

}  // namespace derms::dispatch::fleet
