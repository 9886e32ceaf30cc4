#include "libs/domain/carbon.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/domain/defaults.h"
#include "libs/domain/stored_carbon.h"

namespace derms::domain {
namespace {

constexpr double kUnknownContentKgPerKwh = 0.35844;

absl::Status CheckSeries(const char* name, const std::vector<double>& values, std::size_t count) {
  if (values.size() != count) {
    return base::InvalidArgument("INVALID_SERIES",
                                 absl::StrCat(name, " has ", values.size(), " intervals, not ", count));
  }
  if (!std::all_of(values.begin(), values.end(), [](double value) { return std::isfinite(value); })) {
    return base::InvalidArgument("INVALID_SERIES", absl::StrCat(name, " has a value that is no finite number"));
  }
  return absl::OkStatus();
}

double OwnIntensity(const CarbonSchedule& schedule, EmissionScope scope) {
  if (schedule.own_kg_per_kwh) return *schedule.own_kg_per_kwh;
  return scope == EmissionScope::kDirect ? DirectKgPerKwh(schedule.type) : LifeCycleKgPerKwh(schedule.type);
}

CarbonAccount AccountGenerator(const CarbonQuestion& question, const CarbonSchedule& schedule) {
  const double hours = absl::ToDoubleHours(question.interval), own = OwnIntensity(schedule, question.scope);
  CarbonAccount account;
  for (std::size_t t = 0; t < schedule.power_kw.size(); ++t) {
    const double energy_kwh = schedule.power_kw[t] * hours;
    account.output_kwh += std::max(0.0, energy_kwh);
    account.intake_kwh += std::max(0.0, -energy_kwh);
    account.displaced_kg += energy_kwh * question.grid_kg_per_kwh[t];
    account.emitted_kg += std::max(0.0, energy_kwh) * own;
  }
  return account;
}

CarbonAccount AccountStorage(const CarbonQuestion& question, const CarbonSchedule& schedule) {
  const CarbonStorage& storage = *schedule.storage;
  const double hours = absl::ToDoubleHours(question.interval);
  const std::vector<double>& intake =
      question.intake_kg_per_kwh.empty() ? question.grid_kg_per_kwh : question.intake_kg_per_kwh;
  StoredCarbon store(storage.energy_kwh, storage.intensity_kg_per_kwh.value_or(kUnknownContentKgPerKwh));
  const double held_before_kg = store.carbon_kg();
  CarbonAccount account;
  for (std::size_t t = 0; t < schedule.power_kw.size(); ++t) {
    const double energy_kwh = schedule.power_kw[t] * hours;
    if (energy_kwh < 0) {
      account.intake_kwh -= energy_kwh;
      store.Charge(-energy_kwh, intake[t], storage.charge_efficiency);
    } else {
      account.output_kwh += energy_kwh;
      account.displaced_kg += energy_kwh * question.grid_kg_per_kwh[t];
      account.emitted_kg += store.Discharge(energy_kwh, storage.discharge_efficiency);
    }
  }
  account.stored_kg = store.carbon_kg();
  account.stored_change_kg = store.carbon_kg() - held_before_kg;
  return account;
}

std::string MethodOf(const CarbonQuestion& question) {
  return absl::StrCat(
      "avoided = displaced - emitted; the grid at its ",
      question.basis == IntensityBasis::kMarginal ? "marginal" : "average", " intensity; generators with ",
      question.scope == EmissionScope::kDirect ? "direct" : "life-cycle",
      " emissions; storage emits the weighted average of what it holds when it discharges, having taken in energy at ",
      question.intake_kg_per_kwh.empty() ? "the grid's intensity" : "the intensity of the area's mix");
}

void AddAssumptions(const CarbonQuestion& question, const CarbonSchedule& schedule, CarbonReport& report) {
  if (schedule.storage) {
    if (schedule.storage->intensity_kg_per_kwh || schedule.storage->energy_kwh <= 0) return;
    report.assumptions.push_back(
        absl::StrCat("what ", schedule.der_id, " held at the start counts as ", kUnknownContentKgPerKwh, " kg/kWh"));
  } else if (!schedule.own_kg_per_kwh) {
    report.assumptions.push_back(absl::StrCat(schedule.der_id, " declares no emissions; its type counts as ",
                                              OwnIntensity(schedule, question.scope), " kg/kWh"));
  }
}

}  // namespace

double DirectKgPerKwh(DerType type) {
  return EffectiveParametersOf(type, 1, {}).carbon_kg_per_kwh;
}

double LifeCycleKgPerKwh(DerType type) {
  switch (type) {
    case DerType::kSolar:
      return 0.045;
    case DerType::kWind:
      return 0.011;
    case DerType::kHydro:
      return 0.024;
    case DerType::kGeothermal:
      return 0.038;
    case DerType::kFuelCell:
      return 0.49;
    case DerType::kBattery:
      break;
  }
  return kUnknownContentKgPerKwh;
}

CarbonAccount& CarbonAccount::operator+=(const CarbonAccount& more) {
  output_kwh += more.output_kwh;
  intake_kwh += more.intake_kwh;
  displaced_kg += more.displaced_kg;
  emitted_kg += more.emitted_kg;
  stored_kg += more.stored_kg;
  stored_change_kg += more.stored_change_kg;
  return *this;
}

absl::StatusOr<CarbonReport> AccountCarbon(const CarbonQuestion& question,
                                           const std::vector<CarbonSchedule>& schedules) {
  const std::size_t count = question.grid_kg_per_kwh.size();
  RETURN_IF_ERROR(CheckSeries("grid_kg_per_kwh", question.grid_kg_per_kwh, count));
  if (!question.intake_kg_per_kwh.empty()) {
    RETURN_IF_ERROR(CheckSeries("intake_kg_per_kwh", question.intake_kg_per_kwh, count));
  }
  CarbonReport report;
  report.method = MethodOf(question);
  for (const CarbonSchedule& schedule : schedules) {
    RETURN_IF_ERROR(CheckSeries("power_kw", schedule.power_kw, count));
    const CarbonAccount account =
        schedule.storage ? AccountStorage(question, schedule) : AccountGenerator(question, schedule);
    report.ders.push_back(account);
    report.by_owner[schedule.owner_id] += account;
    report.total += account;
    AddAssumptions(question, schedule, report);
  }
  return report;
}

std::vector<double> MixIntensity(const std::vector<double>& grid_kg_per_kwh, const std::vector<double>& import_kw,
                                 const std::vector<std::vector<double>>& output_kw,
                                 const std::vector<double>& own_kg_per_kwh) {
  std::vector<double> mix;
  for (std::size_t t = 0; t < grid_kg_per_kwh.size(); ++t) {
    double power_kw = import_kw[t], carbon = import_kw[t] * grid_kg_per_kwh[t];
    for (std::size_t g = 0; g < output_kw.size(); ++g) {
      const double output = std::max(0.0, output_kw[g][t]);
      power_kw += output;
      carbon += output * own_kg_per_kwh[g];
    }
    mix.push_back(power_kw > 0 ? carbon / power_kw : grid_kg_per_kwh[t]);
  }
  return mix;
}

}  // namespace derms::domain
