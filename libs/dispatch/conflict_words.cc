#include "libs/dispatch/conflict_words.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "libs/dispatch/relaxation.h"
#include "libs/dispatch/words.h"

namespace derms::dispatch {
namespace {

constexpr double kLeastAmount = 1e-6;

const Device* FindDevice(const Problem& problem, const std::string& id) {
  for (const Device& device : problem.devices) {
    if (device.id == id) return &device;
  }
  return nullptr;
}

double TargetKwh(const Storage& storage, int interval, bool ceiling) {
  for (const EnergyTarget& target : storage.targets) {
    if (target.interval == interval) return ceiling ? target.at_most_kwh : target.at_least_kwh;
  }
  return 0.0;
}

// What is asked for, as field, words and figure; the figure that would do is figure - sign amount.
struct Asked {
  std::string field, must;
  double figure = 0.0;
  double sign = 1.0;  // 1: as much as possible is asked for, -1: as little
};

Asked OfStorage(const Problem& problem, const Storage& storage, const std::string& name, int interval) {
  if (name == kFinalEnergy) return {"final_energy_min_kwh", "must end with", storage.final_energy_min_kwh, 1.0};
  if (name == kEnergyMin) return {"energy_min_kwh", "must always hold", storage.energy_min_kwh, 1.0};
  if (name == kEnergyMax) return {"energy_max_kwh", "may never hold more than", storage.energy_max_kwh, -1.0};
  const bool ceiling = name == kEnergyCeiling;
  return {"targets", absl::StrCat(ceiling ? "may hold" : "must hold", " ", AtEndOf(problem, interval)),
          TargetKwh(storage, interval, ceiling), ceiling ? -1.0 : 1.0};
}

Asked OfUnit(const Problem& problem, const Unit& unit, const std::string& name) {
  const double minutes = absl::ToDoubleMinutes(problem.interval_length);
  if (name == kEnergyBudget) return {"energy_budget_kwh", "may give", unit.energy_budget_kwh.value_or(0.0), -1.0};
  if (name == kRampUp) {
    return {"ramp_up_kw_per_min", "may rise per interval by", unit.ramp_up_kw_per_min * minutes, -1.0};
  }
  if (name == kRampDown) {
    return {"ramp_down_kw_per_min", "may fall per interval by", unit.ramp_down_kw_per_min * minutes, -1.0};
  }
  return {"min_kw", "must run at", unit.min_kw, 1.0};
}

Asked OfHydro(const Hydro& hydro, const std::string& name, int interval) {
  if (name == kEnergyBudget) return {"energy_budget_kwh", "may give", hydro.energy_budget_kwh.value_or(0.0), -1.0};
  for (const PeriodBudget& budget : hydro.period_budgets) {
    if (name != kPeriodBudget || budget.intervals.end - 1 != interval) continue;
    const std::string must = absl::StrCat("may give in intervals ", budget.intervals.first, " to ", interval);
    return {"period_budgets", must, budget.energy_kwh, -1.0};
  }
  return {"min_kw", "must run at", hydro.min_kw, 1.0};
}

std::string DeviceWords(const Problem& problem, const Device& device, const Requirement& requirement, double amount,
                        std::string& field) {
  Asked asked;
  const char* kind = "device";
  if (const auto* storage = std::get_if<Storage>(&device.kind)) {
    kind = "storage";
    asked = OfStorage(problem, *storage, requirement.name, requirement.interval);
  } else if (const auto* unit = std::get_if<Unit>(&device.kind)) {
    kind = "unit";
    asked = OfUnit(problem, *unit, requirement.name);
  } else if (const auto* hydro = std::get_if<Hydro>(&device.kind)) {
    kind = "hydro";
    asked = OfHydro(*hydro, requirement.name, requirement.interval);
  } else if (const auto* load = std::get_if<FlexibleLoad>(&device.kind)) {
    kind = "load";
    asked = {"energy_kwh", "must get", load->energy_kwh, 1.0};
  }
  field = absl::StrCat("devices[", device.id, "].", asked.field);
  const std::string can = asked.sign > 0.0 ? "can reach" : "needs";
  return absl::StrCat(kind, " ", device.id, " ", asked.must, " ", Number(asked.figure), " ", requirement.unit, " but ",
                      can, " ", Number(asked.figure - asked.sign * amount), " ", requirement.unit);
}

std::string RegionWords(const Requirement& requirement, const std::vector<double>& values, std::string& field) {
  const bool import = requirement.name == kImportLimit;
  int first = -1, last = -1;
  double most = 0.0;
  for (std::size_t k = 0; k < requirement.amounts.size(); ++k) {
    const double amount = values[static_cast<std::size_t>(requirement.amounts[k])];
    if (amount <= kLeastAmount) continue;
    if (first < 0) first = requirement.intervals[k];
    last = requirement.intervals[k];
    most = std::max(most, amount);
  }
  if (first < 0) {
    field = absl::StrCat("regions[", requirement.subject, import ? "].import_limit_kw" : "].export_limit_kw");
    return absl::StrCat("region ", requirement.subject, " must ", import ? "import" : "export", " more than its limit");
  }
  field = absl::StrCat("regions[", requirement.subject, "].", import ? "import_limit_kw" : "export_limit_kw", "[",
                       first, "]");
  const std::string where =
      first == last ? absl::StrCat("in interval ", first) : absl::StrCat("in intervals ", first, " to ", last);
  return absl::StrCat("region ", requirement.subject, " must ", import ? "import" : "export", " up to ", Number(most),
                      " kW more than its limit ", where);
}

}  // namespace

base::FieldViolation ConflictWords(const Problem& problem, const Requirement& requirement,
                                   const std::vector<double>* values, std::optional<double> cost_usd) {
  const std::vector<double> nothing;
  double amount = 0.0;
  if (values != nullptr) {
    for (int column : requirement.amounts) amount += (*values)[static_cast<std::size_t>(column)];
  }
  std::string field = "carbon_cap_kg", words;
  if (const Device* device = FindDevice(problem, requirement.subject);
      device != nullptr && requirement.name != kImportLimit && requirement.name != kExportLimit) {
    words = DeviceWords(problem, *device, requirement, amount, field);
  } else if (requirement.name == kCarbonCap) {
    words = absl::StrCat("the carbon cap is ", Number(problem.carbon_cap_kg.value_or(0.0)), " kg but needs ",
                         Number(problem.carbon_cap_kg.value_or(0.0) + amount), " kg");
  } else {
    words = RegionWords(requirement, values != nullptr ? *values : nothing, field);
  }
  absl::StrAppend(&words, " while the others are kept");
  if (cost_usd) {
    absl::StrAppend(&words, "; that makes a schedule of ", Number(*cost_usd), " USD possible");
  } else if (values != nullptr) {
    absl::StrAppend(&words, "; further conflicts would remain");
  }
  return {field, words};
}

std::string GivenUpWords(const Problem& problem, const Relaxation& relaxation) {
  const std::string what = relaxation.subject.empty() ? "the problem" : relaxation.subject;
  const std::string when = relaxation.interval < 0 ? "" : absl::StrCat(" ", AtEndOf(problem, relaxation.interval));
  return absl::StrCat(what, " gives up ", Number(relaxation.amount), " ", relaxation.unit, " of ", relaxation.name,
                      when);
}

}  // namespace derms::dispatch
