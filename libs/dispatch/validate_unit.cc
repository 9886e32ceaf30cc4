// The rules of units by themselves.
#include "libs/dispatch/validator.h"

namespace derms::dispatch {

void Validator::CheckKind(const std::string& at, const Unit& unit) {
  NotNegative(at + "min_kw", unit.min_kw);
  NotNegative(at + "max_kw", unit.max_kw);
  if (unit.min_kw > unit.max_kw) Broken(at + "min_kw", "must not exceed max_kw");
  NotNegativeOrUnlimited(at + "ramp_up_kw_per_min", unit.ramp_up_kw_per_min);
  NotNegativeOrUnlimited(at + "ramp_down_kw_per_min", unit.ramp_down_kw_per_min);
  NotNegative(at + "co2_kg_per_kwh", unit.co2_kg_per_kwh);
  NotNegative(at + "no_load_usd_per_hour", unit.no_load_usd_per_hour);
  NotNegative(at + "start_cost_usd", unit.start_cost_usd);
  if (unit.initial_kw) {
    const double initial = *unit.initial_kw;
    NotNegative(at + "initial_kw", initial);
    if (unit.committable && initial != 0.0 && !(initial >= unit.min_kw && initial <= unit.max_kw)) {
      Broken(at + "initial_kw", "must be 0 (off) or from min_kw to max_kw");
    }
  }
  NotNegative(at + "quadratic_usd_per_kw2h", unit.quadratic_usd_per_kw2h);
  if (unit.energy_budget_kwh) NotNegative(at + "energy_budget_kwh", *unit.energy_budget_kwh);
  CheckCostCurve(at, unit);
  CheckCommitment(at, unit);
}

void Validator::CheckCostCurve(const std::string& at, const Unit& unit) {
  for (std::size_t k = 0; k < unit.cost_pieces.size(); ++k) {
    const std::string field = absl::StrCat(at, "cost_pieces[", k, "]");
    NotNegative(field + ".up_to_kw", unit.cost_pieces[k].up_to_kw);
    Finite(field + ".usd_per_kwh", unit.cost_pieces[k].usd_per_kwh);
    if (k == 0) continue;
    if (!(unit.cost_pieces[k].up_to_kw > unit.cost_pieces[k - 1].up_to_kw)) {
      Broken(field + ".up_to_kw", "must be above the piece before");
    }
    if (!(unit.cost_pieces[k].usd_per_kwh >= unit.cost_pieces[k - 1].usd_per_kwh)) {
      Broken(field + ".usd_per_kwh", "must not be below the piece before: the curve has to be convex");
    }
  }
  if (!unit.cost_pieces.empty() && unit.cost_pieces.back().up_to_kw < unit.max_kw) {
    Broken(at + "cost_pieces", "must reach max_kw");
  }
}

void Validator::CheckCommitment(const std::string& at, const Unit& unit) {
  NotNegative(at + "stop_cost_usd", unit.stop_cost_usd);
  NotNegative(at + "min_up_hours", unit.min_up_hours);
  NotNegative(at + "min_down_hours", unit.min_down_hours);
  if (unit.initial_state_hours) NotNegative(at + "initial_state_hours", *unit.initial_state_hours);
  const auto switching = [&](const char* field, const std::optional<double>& most_kw) {
    if (!most_kw) return;
    NotNegative(at + field, *most_kw);
    if (*most_kw < unit.min_kw) Broken(at + field, "must not be below min_kw");
  };
  switching("start_max_kw", unit.start_max_kw);
  switching("stop_max_kw", unit.stop_max_kw);
  CheckStartCosts(at, unit);
  CheckMaintenance(at, unit);
  if (unit.committable) return;
  const bool switches = unit.stop_cost_usd > 0.0 || unit.min_up_hours > 0.0 || unit.min_down_hours > 0.0 ||
                        unit.initial_state_hours || unit.start_max_kw || unit.stop_max_kw ||
                        !unit.start_costs.empty() || !unit.maintenance.empty();
  if (switches) Broken(at + "committable", "must be set for starts, stops, minimum times or maintenance");
}

void Validator::CheckStartCosts(const std::string& at, const Unit& unit) {
  if (!unit.start_costs.empty() && unit.start_cost_usd > 0.0) {
    Broken(at + "start_costs", "replaces start_cost_usd, which must then be 0");
  }
  for (std::size_t k = 0; k < unit.start_costs.size(); ++k) {
    const std::string field = absl::StrCat(at, "start_costs[", k, "].");
    NotNegative(field + "off_hours", unit.start_costs[k].off_hours);
    NotNegative(field + "usd", unit.start_costs[k].usd);
    if (k == 0) {
      if (unit.start_costs[k].off_hours != 0.0) Broken(field + "off_hours", "must be 0 in the first step");
      continue;
    }
    if (!(unit.start_costs[k].off_hours > unit.start_costs[k - 1].off_hours)) {
      Broken(field + "off_hours", "must be above the step before");
    }
    if (!(unit.start_costs[k].usd >= unit.start_costs[k - 1].usd)) {
      Broken(field + "usd", "must not be below the step before: a colder start is not cheaper");
    }
  }
}

void Validator::CheckMaintenance(const std::string& at, const Unit& unit) {
  int before = 0;
  for (std::size_t k = 0; k < unit.maintenance.size(); ++k) {
    const IntervalRange& range = unit.maintenance[k];
    if (range.first < before || range.first >= range.end || range.end > problem_.interval_count) {
      Broken(absl::StrCat(at, "maintenance[", k, "]"),
             "must be intervals of the horizon, first before end, and after the one before");
      return;
    }
    before = range.end;
  }
}

}  // namespace derms::dispatch
