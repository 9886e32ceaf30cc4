#include "libs/dispatch/relaxation.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"

namespace derms::dispatch {
namespace {

void OpenMaintenance(int interval, Unit& unit) {
  std::vector<IntervalRange> left;
  for (const IntervalRange& range : unit.maintenance) {
    if (interval < range.first || interval >= range.end) {
      left.push_back(range);
      continue;
    }
    if (interval > range.first) left.push_back({range.first, interval});
    if (interval + 1 < range.end) left.push_back({interval + 1, range.end});
  }
  unit.maintenance = std::move(left);
}

class Loosener {
 public:
  Loosener(const Relaxation& relaxation, Problem& problem) : relaxation_(relaxation), problem_(problem) {}

  bool Apply() {
    if (!std::isfinite(relaxation_.amount) || relaxation_.amount < 0.0) return false;
    if (relaxation_.name == kCarbonCap) return relaxation_.subject.empty() && Raise(problem_.carbon_cap_kg);
    for (Region& region : problem_.regions) {
      if (region.id != relaxation_.subject) continue;
      if (relaxation_.name == kImportLimit) return Raise(region.import_limit_kw);
      if (relaxation_.name == kExportLimit) return Raise(region.export_limit_kw);
    }
    for (Device& device : problem_.devices) {
      if (device.id == relaxation_.subject) {
        return std::visit([&](auto& kind) { return Loosen(kind); }, device.kind);
      }
    }
    return false;
  }

 private:
  bool Raise(std::optional<double>& limit) const {
    if (!limit) return false;
    *limit += relaxation_.amount;
    return true;
  }
  bool Raise(Series& limit) const {
    if (relaxation_.interval < 0 || relaxation_.interval >= static_cast<int>(limit.size())) return false;
    limit[static_cast<std::size_t>(relaxation_.interval)] += relaxation_.amount;
    return true;
  }
  bool Lower(double& least) const {
    least = std::max(least - relaxation_.amount, 0.0);
    return true;
  }
  bool RaiseRamp(double& kw_per_min) const {
    kw_per_min += relaxation_.amount / absl::ToDoubleMinutes(problem_.interval_length);
    return true;
  }

  bool Loosen(Storage& storage) const {
    if (relaxation_.name == kFinalEnergy) return Lower(storage.final_energy_min_kwh);
    if (relaxation_.name == kEnergyMin) return Lower(storage.energy_min_kwh);
    if (relaxation_.name == kEnergyMax) {
      storage.energy_max_kwh += relaxation_.amount;
      return true;
    }
    for (EnergyTarget& target : storage.targets) {
      if (target.interval != relaxation_.interval) continue;
      if (relaxation_.name == kEnergyTarget) return Lower(target.at_least_kwh);
      if (relaxation_.name != kEnergyCeiling) continue;
      target.at_most_kwh += relaxation_.amount;
      return true;
    }
    return false;
  }
  bool Loosen(Unit& unit) const {
    if (relaxation_.name == kEnergyBudget) return Raise(unit.energy_budget_kwh);
    if (relaxation_.name == kOutputMin) return Lower(unit.min_kw);
    if (relaxation_.name == kRampUp) return RaiseRamp(unit.ramp_up_kw_per_min);
    if (relaxation_.name == kRampDown) return RaiseRamp(unit.ramp_down_kw_per_min);
    if (relaxation_.name != kMaintenance) return false;
    OpenMaintenance(relaxation_.interval, unit);
    return true;
  }
  bool Loosen(Hydro& hydro) const {
    if (relaxation_.name == kEnergyBudget) return Raise(hydro.energy_budget_kwh);
    if (relaxation_.name == kOutputMin) return Lower(hydro.min_kw);
    for (PeriodBudget& budget : hydro.period_budgets) {
      if (relaxation_.name != kPeriodBudget || budget.intervals.end - 1 != relaxation_.interval) continue;
      budget.energy_kwh += relaxation_.amount;
      return true;
    }
    return false;
  }
  bool Loosen(FlexibleLoad& load) const { return relaxation_.name == kDeliveredEnergy && Lower(load.energy_kwh); }
  bool Loosen(Renewable&) const { return false; }

  const Relaxation& relaxation_;
  Problem& problem_;
};

}  // namespace

absl::StatusOr<Problem> Relaxed(const Problem& problem, const std::vector<Relaxation>& relaxations) {
  Problem relaxed = problem;
  for (const Relaxation& relaxation : relaxations) {
    if (Loosener(relaxation, relaxed).Apply()) continue;
    return base::InvalidArgument("INVALID_RELAXATION",
                                 absl::StrCat("the problem has no ", relaxation.name, " of ", relaxation.subject,
                                              " in interval ", relaxation.interval, " to give up"));
  }
  return relaxed;
}

}  // namespace derms::dispatch
