#include "libs/domain/carbon.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/domain/defaults.h"
#include "libs/domain/stored_carbon.h"

namespace derms::domain {
namespace {

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

double DefaultKgPerKwh(DerType type, EmissionScope scope) {
  return scope == EmissionScope::kDirect ? DirectKgPerKwh(type) : LifeCycleKgPerKwh(type);
}

CarbonAccount AccountGenerator(const CarbonQuestion& question, const CarbonSchedule& schedule) {
  const double hours = absl::ToDoubleHours(question.interval), own = OwnKgPerKwh(schedule, question.scope);
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

void Note(const CarbonSchedule& schedule, CarbonAssumptions& assumptions) {
  if (!schedule.storage) {
    schedule.own_kg_per_kwh ? ++assumptions.declared_count : ++assumptions.by_type[schedule.type];
  } else if (!schedule.storage->intensity_kg_per_kwh && schedule.storage->energy_kwh > 0) {
    ++assumptions.unknown_content_count;
  }
}

std::string Count(int ders, const std::string& type) {
  return absl::StrCat(ders, " ", type, ders == 1 ? " DER" : " DERs");
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

double OwnKgPerKwh(const CarbonSchedule& schedule, EmissionScope scope) {
  return schedule.own_kg_per_kwh.value_or(DefaultKgPerKwh(schedule.type, scope));
}

std::vector<std::string> CarbonAssumptions::Sentences(EmissionScope scope) const {
  std::vector<std::string> sentences;
  for (const auto& [type, count] : by_type) {
    sentences.push_back(absl::StrCat(Count(count, std::string(DerTypeName(type))),
                                     count == 1 ? " declares" : " declare",
                                     count == 1 ? " no emissions and counts as " : " no emissions and count as ",
                                     DefaultKgPerKwh(type, scope), " kg/kWh"));
  }
  if (declared_count > 0 && scope == EmissionScope::kLifeCycle) {
    sentences.push_back(absl::StrCat("what is declared of the emissions of ", declared_count,
                                     declared_count == 1 ? " DER" : " DERs",
                                     " counts as it is, whether or not it is of the whole life"));
  }
  if (unknown_content_count > 0) {
    sentences.push_back(absl::StrCat("what ", Count(unknown_content_count, "BATTERY"), " held at the begin counts as ",
                                     kUnknownContentKgPerKwh, " kg/kWh"));
  }
  return sentences;
}

absl::StatusOr<CarbonLedger> CarbonLedger::Open(CarbonQuestion question) {
  const std::size_t count = question.grid_kg_per_kwh.size();
  RETURN_IF_ERROR(CheckSeries("grid_kg_per_kwh", question.grid_kg_per_kwh, count));
  if (!question.intake_kg_per_kwh.empty()) {
    RETURN_IF_ERROR(CheckSeries("intake_kg_per_kwh", question.intake_kg_per_kwh, count));
  }
  return CarbonLedger(std::move(question));
}

absl::StatusOr<CarbonAccount> CarbonLedger::Add(const CarbonSchedule& schedule) {
  RETURN_IF_ERROR(CheckSeries("power_kw", schedule.power_kw, question_.grid_kg_per_kwh.size()));
  const CarbonAccount account =
      schedule.storage ? AccountStorage(question_, schedule) : AccountGenerator(question_, schedule);
  total_ += account;
  Note(schedule, assumptions_);
  return account;
}

std::string CarbonLedger::method() const {
  return absl::StrCat(
      "avoided = displaced - emitted; the grid at its ",
      question_.basis == IntensityBasis::kMarginal ? "marginal" : "average", " intensity; generators with ",
      question_.scope == EmissionScope::kDirect ? "direct" : "life-cycle",
      " emissions; storage emits the weighted average of what it holds when it discharges, having taken in energy at ",
      question_.intake_kg_per_kwh.empty() ? "the grid's intensity" : "the intensity of the area's mix");
}

AreaMix::AreaMix(std::vector<double> grid_kg_per_kwh, const std::vector<double>& import_kw)
    : grid_kg_per_kwh_(std::move(grid_kg_per_kwh)), power_kw_(import_kw) {
  for (std::size_t t = 0; t < power_kw_.size(); ++t) carbon_kg_per_h_.push_back(power_kw_[t] * grid_kg_per_kwh_[t]);
}

void AreaMix::Add(const std::vector<double>& output_kw, double own_kg_per_kwh) {
  for (std::size_t t = 0; t < power_kw_.size(); ++t) {
    const double output = std::max(0.0, output_kw[t]);
    power_kw_[t] += output;
    carbon_kg_per_h_[t] += output * own_kg_per_kwh;
  }
}

std::vector<double> AreaMix::Intensity() const {
  std::vector<double> mix = grid_kg_per_kwh_;
  for (std::size_t t = 0; t < power_kw_.size(); ++t) {
    if (power_kw_[t] > 0) mix[t] = carbon_kg_per_h_[t] / power_kw_[t];
  }
  return mix;
}

}  // namespace derms::domain
