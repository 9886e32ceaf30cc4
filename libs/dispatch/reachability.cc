#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "libs/base/error.h"
#include "libs/dispatch/device_limits.h"
#include "libs/dispatch/validate.h"

namespace derms::dispatch {
namespace {

// Solvers and checker work to 1e-6; a target missed by less is rounding, not a conflict.
constexpr double kSlackKwh = 1e-6;

std::string Number(double value) {
  return absl::StrFormat("%.6g", value);
}

// The most energy that can be in the store if it charges at full power all the time, and the least if it discharges.
void CheckStorage(const Problem& problem, const Device& device, const Storage& storage, base::Violations& out) {
  const double hours = problem.hours();
  const double keep = Retention(storage, hours);
  const double gain = hours * storage.charge_efficiency * storage.charge_max_kw;
  const double drain = hours * storage.discharge_max_kw / storage.discharge_efficiency;
  const std::string field = absl::StrCat("devices[", device.id, "].");
  double most = storage.initial_energy_kwh, least = storage.initial_energy_kwh;
  for (int t = 0; t < problem.interval_count; ++t) {
    most = std::min(keep * most + gain, std::max(storage.energy_max_kwh, 0.0));
    least = std::max(keep * least - drain, storage.energy_min_kwh);
    if (most < storage.energy_min_kwh - kSlackKwh) {
      out.Add(field + "energy_min_kwh",
              absl::StrCat("storage ", device.id, " must hold ", Number(storage.energy_min_kwh),
                           " kWh at the end of interval ", t, " but can reach ", Number(most), " kWh"));
      return;
    }
    if (least > storage.energy_max_kwh + kSlackKwh) {
      out.Add(field + "energy_max_kwh",
              absl::StrCat("storage ", device.id, " may hold ", Number(storage.energy_max_kwh),
                           " kWh at the end of interval ", t, " but cannot get below ", Number(least), " kWh"));
      return;
    }
  }
  if (most < storage.final_energy_min_kwh - kSlackKwh) {
    out.Add(field + "final_energy_min_kwh",
            absl::StrCat("storage ", device.id, " must end with ", Number(storage.final_energy_min_kwh),
                         " kWh but can reach ", Number(most), " kWh"));
  }
}

void CheckUnit(const Problem& problem, const Device& device, const Unit& unit, base::Violations& out) {
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
  if (!hydro.energy_budget_kwh) return;
  const double needed = hydro.min_kw * problem.hours() * problem.interval_count;
  if (needed > *hydro.energy_budget_kwh + kSlackKwh) {
    out.Add(absl::StrCat("devices[", device.id, "].energy_budget_kwh"),
            absl::StrCat("hydro ", device.id, " needs ", Number(needed), " kWh for its minimum of ",
                         Number(hydro.min_kw), " kW but has a budget of ", Number(*hydro.energy_budget_kwh), " kWh"));
  }
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
    std::move(builder).Field(conflicts[i].field, conflicts[i].description);
  }
  return builder;
}

}  // namespace derms::dispatch
