#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/dispatch/commitment.h"
#include "libs/dispatch/device_limits.h"
#include "libs/dispatch/unit_paths.h"
#include "libs/dispatch/validate.h"
#include "libs/dispatch/words.h"

namespace derms::dispatch {
namespace {

// Solvers and checker work to 1e-6; a target missed by less is rounding, not a conflict.
constexpr double kSlackKwh = 1e-6;

// The most energy that can be in the store if it charges at full power all the time, and the least if it discharges.
void CheckStorage(const Problem& problem, const Device& device, const Storage& storage, base::Violations& out) {
  const double hours = problem.hours();
  const double keep = Retention(storage, hours);
  const double gain = hours * storage.charge_efficiency * storage.charge_max_kw;
  const double drain = hours * storage.discharge_max_kw / storage.discharge_efficiency;
  const EnergyBounds bounds = EnergyBoundsOf(problem, storage);
  const std::string field = absl::StrCat("devices[", device.id, "].");
  double most = storage.initial_energy_kwh, least = storage.initial_energy_kwh;
  for (int t = 0; t < problem.interval_count; ++t) {
    const double needed = bounds.least_kwh[static_cast<std::size_t>(t)];
    const double allowed = bounds.most_kwh[static_cast<std::size_t>(t)];
    most = std::min(keep * most + gain + hours * InflowKw(problem, storage, t), allowed);
    least = std::max(keep * least - drain, needed);  // inflow can be spilled
    if (most < needed - kSlackKwh) {
      const bool last = t + 1 == problem.interval_count && needed == storage.final_energy_min_kwh;
      const std::string must = last ? absl::StrCat("must end with ", Number(needed), " kWh")
                                    : absl::StrCat("must hold ", Number(needed), " kWh ", AtEndOf(problem, t));
      out.Add(
          field + (last ? "final_energy_min_kwh" : (needed > storage.energy_min_kwh ? "targets" : "energy_min_kwh")),
          absl::StrCat("storage ", device.id, " ", must, " but can reach ", Number(most), " kWh"));
      return;
    }
    if (least > allowed + kSlackKwh) {
      out.Add(field + (allowed < storage.energy_max_kwh ? "targets" : "energy_max_kwh"),
              absl::StrCat("storage ", device.id, " may hold ", Number(allowed), " kWh ", AtEndOf(problem, t),
                           " but cannot get below ", Number(least), " kWh"));
      return;
    }
  }
}

void CheckMaintenance(const Problem& problem, const Device& device, const Unit& unit, base::Violations& out) {
  const Commitment rules(problem, unit);
  if (!rules.on_before || unit.maintenance.empty()) return;
  const int first = unit.maintenance.front().first;
  if (first >= rules.EarliestStop()) return;
  const char* why = rules.held >= rules.ramp_down_first ? "its minimum time on" : "its ramp down";
  out.Add(absl::StrCat("devices[", device.id, "].maintenance"),
          absl::StrCat("unit ", device.id, " must be off for maintenance in interval ", first, " but ", why,
                       " keeps it on until interval ", rules.EarliestStop()));
}

void CheckBudget(const Problem& problem, const Device& device, const Unit& unit, base::Violations& out) {
  if (!unit.energy_budget_kwh) return;
  const OnPattern on = OffAsSoonAsPossible(problem, unit);
  const double needed = EnergyKwh(problem, FollowOutputs(problem, unit, on, Series(on.size(), 0.0)));
  if (needed <= *unit.energy_budget_kwh + kSlackKwh) return;
  out.Add(absl::StrCat("devices[", device.id, "].energy_budget_kwh"),
          absl::StrCat("unit ", device.id, " gives at least ", Number(needed),
                       " kWh with its minimum output and ramps but has a budget of ", Number(*unit.energy_budget_kwh),
                       " kWh"));
}

void CheckUnit(const Problem& problem, const Device& device, const Unit& unit, base::Violations& out) {
  CheckMaintenance(problem, device, unit, out);
  CheckBudget(problem, device, unit, out);
  if (unit.committable || !unit.initial_kw) return;
  const double highest = *unit.initial_kw + RampUpKw(unit, problem.hours());
  const double lowest = *unit.initial_kw - RampDownKw(unit, problem.hours());
  if (highest < unit.min_kw) {
    out.Add(absl::StrCat("devices[", device.id, "].ramp_up_kw_per_min"),
            absl::StrCat("unit ", device.id, " must run at ", Number(unit.min_kw), " kW or more but its ramp from ",
                         Number(*unit.initial_kw), " kW reaches ", Number(highest), " kW in the first interval"));
  }
  if (lowest > unit.max_kw) {
    out.Add(absl::StrCat("devices[", device.id, "].ramp_down_kw_per_min"),
            absl::StrCat("unit ", device.id, " must run at ", Number(unit.max_kw), " kW or less but its ramp from ",
                         Number(*unit.initial_kw), " kW gets down to ", Number(lowest), " kW in the first interval"));
  }
}

void CheckHydro(const Problem& problem, const Device& device, const Hydro& hydro, base::Violations& out) {
  const auto check = [&](const std::string& field, int intervals, double budget_kwh, const std::string& where) {
    const double needed = hydro.min_kw * problem.hours() * intervals;
    if (needed <= budget_kwh + kSlackKwh) return;
    out.Add(absl::StrCat("devices[", device.id, "].", field),
            absl::StrCat("hydro ", device.id, " needs ", Number(needed), " kWh for its minimum of ",
                         Number(hydro.min_kw), " kW but has a budget of ", Number(budget_kwh), " kWh", where));
  };
  if (hydro.energy_budget_kwh) check("energy_budget_kwh", problem.interval_count, *hydro.energy_budget_kwh, "");
  for (std::size_t k = 0; k < hydro.period_budgets.size(); ++k) {
    const auto& [first, end] = hydro.period_budgets[k].intervals;
    check(absl::StrCat("period_budgets[", k, "]"), end - first, hydro.period_budgets[k].energy_kwh,
          absl::StrCat(" in intervals ", first, " to ", end - 1));
  }
}

void CheckLoad(const Problem& problem, const Device& device, const FlexibleLoad& load, base::Violations& out) {
  if (load.undelivered_usd_per_kwh || load.energy_kwh <= kSlackKwh) return;
  const IntervalRange window = WindowOf(problem, load);
  const double hours = problem.hours();
  const double most = hours * load.max_kw * (window.end - window.first);
  const std::string what = absl::StrCat("load ", device.id, " must get ", Number(load.energy_kwh), " kWh ");
  if (load.energy_kwh > most + kSlackKwh) {
    out.Add(absl::StrCat("devices[", device.id, "].energy_kwh"),
            absl::StrCat(what, "in intervals ", window.first, " to ", window.end - 1, " but can get ", Number(most),
                         " kWh"));
    return;
  }
  const double fewest = std::ceil(load.energy_kwh / (hours * load.max_kw) - 1e-9);
  if (fewest * hours * load.min_kw <= load.energy_kwh + kSlackKwh) return;
  out.Add(absl::StrCat("devices[", device.id, "].energy_kwh"),
          absl::StrCat(what, "but whole intervals at ", Number(load.min_kw), " to ", Number(load.max_kw),
                       " kW give at most ", Number((fewest - 1) * hours * load.max_kw), " or at least ",
                       Number(fewest * hours * load.min_kw), " kWh"));
}

}  // namespace

absl::Status CheckReachability(const Problem& problem) {
  base::Violations conflicts;
  for (const Device& device : problem.devices) {
    std::visit(Overloaded{
                   [&](const Renewable&) {},
                   [&](const Storage& storage) { CheckStorage(problem, device, storage, conflicts); },
                   [&](const Unit& unit) { CheckUnit(problem, device, unit, conflicts); },
                   [&](const Hydro& hydro) { CheckHydro(problem, device, hydro, conflicts); },
                   [&](const FlexibleLoad& load) { CheckLoad(problem, device, load, conflicts); },
               },
               device.kind);
  }
  return InfeasibleStatus(conflicts.list());
}

absl::Status InfeasibleStatus(const std::vector<base::FieldViolation>& conflicts) {
  if (conflicts.empty()) return absl::OkStatus();
  const std::string more = conflicts.size() > 1 ? absl::StrCat(" (and ", conflicts.size() - 1, " more conflicts)") : "";
  auto builder = base::FailedPrecondition("INFEASIBLE", conflicts[0].description + more);
  for (std::size_t i = 0; i < conflicts.size() && i < 100; ++i) {
    // NOLINTNEXTLINE(bugprone-use-after-move): Field returns the builder itself
    std::move(builder).Field(conflicts[i].field, conflicts[i].description);
  }
  return builder;
}

}  // namespace derms::dispatch
