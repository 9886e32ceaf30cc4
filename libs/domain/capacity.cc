#include "libs/domain/capacity.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/domain/defaults.h"
#include "libs/domain/parameters.h"
#include "libs/domain/plant.h"

namespace derms::domain {
namespace {

constexpr double kReactiveShare = 0.44;  // of rated power: IEEE 1547-2018 Table 7, category B
constexpr double kTolerance = 1e-3;      // relative; nameplates are rounded
constexpr double kUsualMinHours = 0.25;
constexpr double kUsualMaxHours = 8;

// What is collected while checking: every violation, and whether one of them is about a rating.
struct Findings {
  base::Violations violations;
  bool rating_out_of_range = false;
  std::vector<std::string> warnings;

  void Refuse(std::string_view field, const std::string& rule) { violations.Add(field, rule); }
  void RefuseParameter(std::string_view name, const std::string& rule) {
    violations.Add(absl::StrCat("parameters.", std::string(name)), rule);
  }
};

std::string Name(DerType type) {
  return std::string(DerTypeName(type));
}

// Comparisons are written so that NaN is out of range.
bool Within(double value, double low, double high) {
  return value >= low && value <= high;
}

void CheckPower(DerType type, double capacity_kw, const CapacityRule& rule, Findings& findings) {
  if (!Within(capacity_kw, rule.min_kw, rule.max_kw)) {
    findings.rating_out_of_range = true;
    findings.Refuse("capacity_kw", absl::StrCat("must be ", rule.min_kw, " to ", rule.max_kw, " kW for ", Name(type)));
  } else if (!Within(capacity_kw, rule.usual_min_kw, rule.usual_max_kw)) {
    findings.warnings.push_back(absl::StrCat("UNUSUAL_CAPACITY: capacity_kw ", capacity_kw, " is outside the usual ",
                                             rule.usual_min_kw, " to ", rule.usual_max_kw, " kW for ", Name(type)));
  }
}

void CheckStorage(double capacity_kw, const EffectiveParameters& effective, const CapacityRule& rule,
                  Findings& findings) {
  const double energy_kwh = effective.energy_capacity_kwh;
  if (!Within(energy_kwh, kMinEnergyCapacityKwh, kMaxEnergyCapacityKwh)) {
    findings.rating_out_of_range = true;
    findings.RefuseParameter("energy_capacity_kwh", absl::StrCat("must be ", kMinEnergyCapacityKwh, " to ",
                                                                 kMaxEnergyCapacityKwh, " kWh; it is ", energy_kwh));
  } else if (capacity_kw > 0 && !Within(energy_kwh / capacity_kw, kUsualMinHours, kUsualMaxHours)) {
    findings.warnings.push_back(absl::StrCat("UNUSUAL_CAPACITY: energy for ", energy_kwh / capacity_kw,
                                             " hours at rated power is outside the usual ", kUsualMinHours, " to ",
                                             kUsualMaxHours, " hours"));
  }
  if (!(effective.charge_capacity_kw <= rule.max_kw)) {
    findings.RefuseParameter("charge_capacity_kw", absl::StrCat("must be at most ", rule.max_kw, " kW"));
  }
  if (!Within(effective.min_energy_kwh, 0, energy_kwh)) {
    findings.RefuseParameter("min_energy_kwh", absl::StrCat("must be 0 to energy_capacity_kwh (", energy_kwh, ")"));
  }
  const std::string range =
      absl::StrCat("must be min_energy_kwh (", effective.min_energy_kwh, ") to energy_capacity_kwh (", energy_kwh, ")");
  if (!Within(effective.initial_energy_kwh, effective.min_energy_kwh, energy_kwh)) {
    findings.RefuseParameter("initial_energy_kwh", range);
  }
  if (!Within(effective.final_energy_kwh, effective.min_energy_kwh, energy_kwh)) {
    findings.RefuseParameter("final_energy_kwh", range);
  }
}

void CheckStorageIsStorage(DerType type, const DerParameters& parameters, Findings& findings) {
  if (IsStorage(type)) {
    if (parameters.min_output_kw.value_or(0) != 0) {
      findings.RefuseParameter("min_output_kw", "must be absent or 0 for BATTERY, which can stand still");
    }
    if (parameters.availability_series_id) {
      findings.RefuseParameter("availability_series_id", "must be absent for BATTERY, whose output no weather caps");
    }
    return;
  }
  for (const ParameterNumber& number : ParameterNumbers()) {
    if (number.storage_only && parameters.*number.member) {
      findings.RefuseParameter(number.name, absl::StrCat("is for BATTERY only; leave it out for ", Name(type)));
    }
  }
}

void CheckOutput(DerType type, double capacity_kw, const DerParameters& parameters, Findings& findings) {
  if (parameters.min_output_kw && !Within(*parameters.min_output_kw, 0, capacity_kw)) {
    findings.RefuseParameter("min_output_kw", absl::StrCat("must be 0 to capacity_kw (", capacity_kw, ")"));
  }
  if (parameters.energy_budget_kwh_per_day && type != DerType::kHydro) {
    findings.RefuseParameter("energy_budget_kwh_per_day",
                             absl::StrCat("is for HYDRO only; leave it out for ", Name(type)));
  }
}

void CheckPlantOf(DerType type, const DerParameters& parameters, Findings& findings) {
  if (parameters.plant) CheckPlant(type, *parameters.plant, "parameters.plant", findings.violations);
}

void CheckReactive(DerType type, double capacity_kw, const DerParameters& parameters, Findings& findings) {
  if (!parameters.reactive_capability_kvar) return;
  const double least_kvar = IsInverterBased(type) ? kReactiveShare * capacity_kw : 0;
  const double kvar = *parameters.reactive_capability_kvar;
  if (Within(kvar, least_kvar * (1 - kTolerance), capacity_kw * (1 + kTolerance))) return;
  findings.RefuseParameter("reactive_capability_kvar",
                           absl::StrCat("must be ", least_kvar, " to ", capacity_kw,
                                        " kvar (IEEE 1547-2018: inverter-based DERs at least 0.44 of capacity_kw)"));
}

absl::Status ToStatus(DerType type, const CapacityRule& rule, const Findings& findings) {
  const auto& list = findings.violations.list();
  const std::string more = list.size() > 1 ? absl::StrCat(" (and ", list.size() - 1, " more)") : "";
  base::ErrorBuilder builder =
      base::InvalidArgument(findings.rating_out_of_range ? "INVALID_CAPACITY" : "INVALID_PARAMETERS",
                            absl::StrCat(list[0].field, ": ", list[0].description, more));
  for (const auto& violation : list) std::move(builder).Field(violation.field, violation.description);
  std::move(builder).Metadata("type", DerTypeName(type));
  std::move(builder).Metadata("min_kw", absl::StrCat(rule.min_kw)).Metadata("max_kw", absl::StrCat(rule.max_kw));
  if (IsStorage(type)) {
    std::move(builder)
        .Metadata("min_kwh", absl::StrCat(kMinEnergyCapacityKwh))
        .Metadata("max_kwh", absl::StrCat(kMaxEnergyCapacityKwh));
  }
  return builder;
}

}  // namespace

std::vector<CapacityRule> DefaultCapacityRules() {
  // type, min, max, usual min, usual max; kW
  return {{DerType::kSolar, 0.1, 30000, 3, 10000},       {DerType::kWind, 0.1, 30000, 2.5, 10000},
          {DerType::kBattery, 0.1, 20000, 1, 10000},     {DerType::kHydro, 0.1, 30000, 5, 10000},
          {DerType::kGeothermal, 10, 30000, 300, 15000}, {DerType::kFuelCell, 0.1, 20000, 1, 10000}};
}

absl::Status CheckCapacityRule(const CapacityRule& rule) {
  const bool ordered = rule.min_kw > 0 && rule.min_kw <= rule.usual_min_kw && rule.usual_min_kw <= rule.usual_max_kw &&
                       rule.usual_max_kw <= rule.max_kw && std::isfinite(rule.max_kw);
  if (ordered) return absl::OkStatus();
  constexpr char kRule[] = "must satisfy 0 < min_kw <= usual_min_kw <= usual_max_kw <= max_kw";
  return base::InvalidArgument("INVALID_CAPACITY", absl::StrCat("capacity_rule ", kRule)).Field("capacity_rule", kRule);
}

absl::StatusOr<std::vector<std::string>> CheckRatings(DerType type, double capacity_kw, const DerParameters& parameters,
                                                      const CapacityRule& rule) {
  Findings findings;
  CheckPower(type, capacity_kw, rule, findings);
  CheckStorageIsStorage(type, parameters, findings);
  if (IsStorage(type)) {
    CheckStorage(capacity_kw, EffectiveParametersOf(type, capacity_kw, parameters), rule, findings);
  } else {
    CheckOutput(type, capacity_kw, parameters, findings);
  }
  CheckReactive(type, capacity_kw, parameters, findings);
  CheckPlantOf(type, parameters, findings);
  if (!findings.violations.empty()) return ToStatus(type, rule, findings);
  return std::move(findings.warnings);
}

}  // namespace derms::domain
