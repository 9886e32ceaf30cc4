#include "services/optimizer/carbon_account.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/domain/defaults.h"
#include "libs/wire/convert_der.h"

namespace derms::optimizer {
namespace {

constexpr double kTolerance = 1e-3;  // of the capacity: schedules are kept in single precision

// Energy that the store gains with this power over an interval.
double GainKwh(double power_kw, absl::Duration interval, const domain::EffectiveParameters& storage) {
  const double energy_kwh = power_kw * absl::ToDoubleHours(interval);
  return energy_kwh < 0 ? -energy_kwh * storage.charge_efficiency : -energy_kwh / storage.discharge_efficiency;
}

double InitialKwh(const store::DerSchedule& schedule, absl::Duration interval,
                  const domain::EffectiveParameters& storage) {
  if (schedule.state_of_charge_kwh.empty() || schedule.power_kw.empty()) return storage.initial_energy_kwh;
  return std::max(0.0, schedule.state_of_charge_kwh[0] - GainKwh(schedule.power_kw[0], interval, storage));
}

void SetFigures(const domain::CarbonAccount& account, v1::ScheduleCarbon& row) {
  row.set_output_kwh(account.output_kwh);
  row.set_intake_kwh(account.intake_kwh);
  row.set_displaced_kg(account.displaced_kg);
  row.set_emitted_kg(account.emitted_kg);
  row.set_avoided_kg(account.avoided_kg());
}

void SetStored(const domain::CarbonAccount& account, double at_begin_kwh, v1::ScheduleCarbon& row) {
  row.set_stored_at_begin_kwh(at_begin_kwh);
  row.set_stored_at_begin_kg(account.stored_at_begin_kg());
  row.set_stored_kg(account.stored_kg);
  row.set_stored_change_kg(account.stored_change_kg);
}

}  // namespace

domain::CarbonSchedule CarbonScheduleOf(const store::DerSchedule& schedule, absl::Duration interval,
                                        std::optional<double> initial_kg_per_kwh) {
  const domain::Der& der = schedule.der;
  domain::CarbonSchedule accounted{.der_id = der.der_id,
                                   .owner_id = der.owner_id,
                                   .type = der.type,
                                   .power_kw = schedule.power_kw,
                                   .own_kg_per_kwh = der.parameters.carbon_kg_per_kwh};
  if (!domain::IsStorage(der.type)) return accounted;
  const domain::EffectiveParameters storage = domain::EffectiveParametersOf(der);
  accounted.storage = domain::CarbonStorage{.energy_kwh = InitialKwh(schedule, interval, storage),
                                            .intensity_kg_per_kwh = initial_kg_per_kwh,
                                            .charge_efficiency = storage.charge_efficiency,
                                            .discharge_efficiency = storage.discharge_efficiency};
  return accounted;
}

bool EnergyFollows(const store::DerSchedule& schedule, absl::Duration interval) {
  const domain::EffectiveParameters storage = domain::EffectiveParametersOf(schedule.der);
  const std::vector<double>& energy_kwh = schedule.state_of_charge_kwh;
  for (std::size_t t = 1; t < std::min(energy_kwh.size(), schedule.power_kw.size()); ++t) {
    const double expected_kwh = energy_kwh[t - 1] + GainKwh(schedule.power_kw[t], interval, storage);
    if (std::abs(energy_kwh[t] - expected_kwh) > kTolerance * storage.energy_capacity_kwh) return false;
  }
  return true;
}

void CarbonSums::Add(const domain::CarbonSchedule& schedule, const domain::CarbonAccount& of) {
  ++der_count;
  account += of;
  if (!schedule.storage) return;
  has_storage = true;
  stored_at_begin_kwh += schedule.storage->energy_kwh;
}

v1::ScheduleCarbon ToProto(const CarbonSums& sums) {
  v1::ScheduleCarbon row;
  row.set_der_count(sums.der_count);
  SetFigures(sums.account, row);
  if (sums.has_storage) SetStored(sums.account, sums.stored_at_begin_kwh, row);
  return row;
}

v1::ScheduleCarbon ToProto(const store::DerSchedule& schedule, const domain::CarbonSchedule& accounted,
                           const domain::CarbonAccount& account, domain::EmissionScope scope) {
  v1::ScheduleCarbon row;
  row.set_der_id(schedule.der.der_id);
  row.set_owner_id(schedule.der.owner_id);
  row.set_region_id(schedule.der.region_id);
  row.set_type(wire::ToProto(schedule.der.type));
  row.set_der_count(1);
  SetFigures(account, row);
  if (accounted.storage) {
    SetStored(account, accounted.storage->energy_kwh, row);
  } else {
    row.set_own_kg_per_kwh(domain::OwnKgPerKwh(accounted, scope));
    row.set_own_declared(accounted.own_kg_per_kwh.has_value());
  }
  return row;
}

absl::StatusOr<v1::ScheduleCarbon> CarbonBook::Add(const store::DerSchedule& schedule) {
  const domain::CarbonSchedule accounted = CarbonScheduleOf(schedule, interval_, initial_kg_per_kwh_);
  ASSIGN_OR_RETURN(const domain::CarbonAccount account, ledger_.Add(accounted));
  if (accounted.storage && !EnergyFollows(schedule, interval_)) ++unexplained_count_;
  total_.Add(accounted, account);
  owners_[schedule.der.owner_id].Add(accounted, account);
  return ToProto(schedule, accounted, account, ledger_.question().scope);
}

std::vector<v1::ScheduleCarbon> CarbonBook::Owners(std::string_view after_owner_id, std::size_t limit) const {
  std::vector<v1::ScheduleCarbon> rows;
  for (auto owner = owners_.upper_bound(after_owner_id); owner != owners_.end() && rows.size() < limit; ++owner) {
    rows.push_back(ToProto(owner->second));
    rows.back().set_owner_id(owner->first);
  }
  return rows;
}

std::vector<std::string> CarbonBook::Assumptions() const {
  std::vector<std::string> sentences = ledger_.assumptions().Sentences(ledger_.question().scope);
  sentences.emplace_back("owners, declared emissions and efficiencies of the DERs are as they are now");
  if (unexplained_count_ > 0) {
    sentences.push_back(absl::StrCat("what ", unexplained_count_,
                                     unexplained_count_ == 1 ? " BATTERY DER" : " BATTERY DERs",
                                     " held in the run does not follow from power and the efficiencies of now: it "
                                     "counts at the begin, and these after it"));
  }
  return sentences;
}

}  // namespace derms::optimizer
