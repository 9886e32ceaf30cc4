#include "libs/domain/stored_hours.h"

#include <algorithm>

#include "libs/domain/stored_carbon.h"

namespace derms::domain {
namespace {

// An hour with less is not known in full: energy may have moved unseen.
constexpr double kWholeHourSeconds = 3590;

double EnergyAtBegin(const EffectiveParameters& storage, const std::vector<StoredHour>& hours) {
  double gained_kwh = 0;
  for (const StoredHour& hour : hours) {
    gained_kwh += hour.charged_kwh * storage.charge_efficiency - hour.discharged_kwh / storage.discharge_efficiency;
    if (!hour.held_kwh) continue;
    return std::clamp(*hour.held_kwh - gained_kwh, 0.0, std::max(storage.energy_capacity_kwh, *hour.held_kwh));
  }
  return storage.initial_energy_kwh;
}

// The store, and beside it the part of its carbon that was there at the begin: both leave in the same proportion.
class Account {
 public:
  Account(const EffectiveParameters& storage, double energy_kwh)
      : storage_(storage), store_(energy_kwh, kUnknownContentKgPerKwh), of_begin_kg_(store_.carbon_kg()) {
    flows_.begin_kg = store_.carbon_kg();
  }

  void Pass(const StoredHour& hour, bool after_a_gap) {
    const double intensity = hour.grid_kg_per_kwh.value_or(kUnknownContentKgPerKwh);
    store_.Charge(hour.charged_kwh, intensity, storage_.charge_efficiency);
    flows_.charged_kg += hour.charged_kwh * intensity;
    Leave(flows_.discharged_kg, &flows_.discharged_of_begin_kg,
          [&] { return store_.Discharge(hour.discharged_kwh, storage_.discharge_efficiency); });
    if (hour.held_kwh) Settle(*hour.held_kwh, intensity, after_a_gap);
  }

  StoredCarbonFlows End() {
    flows_.end_kg = store_.carbon_kg();
    flows_.end_kwh = store_.energy_kwh();
    return flows_;
  }

 private:
  template <typename Take>
  void Leave(double& sum_kg, double* of_begin_kg, const Take& take) {
    const double before_kg = store_.carbon_kg(), left_kg = take();
    const double of_begin = before_kg > 0 ? of_begin_kg_ * left_kg / before_kg : 0;
    of_begin_kg_ -= of_begin;
    sum_kg += left_kg;
    if (of_begin_kg != nullptr) *of_begin_kg += of_begin;
  }

  void Settle(double held_kwh, double intensity, bool after_a_gap) {
    const double more_kwh = held_kwh - store_.energy_kwh();
    if (!after_a_gap) return store_.Measure(held_kwh);
    if (more_kwh >= 0) {
      store_.Charge(more_kwh, intensity, 1);
      flows_.unseen_kg += more_kwh * intensity;
    } else {
      double left_kg = 0;
      Leave(left_kg, nullptr, [&] { return store_.Discharge(-more_kwh, 1); });
      flows_.unseen_kg -= left_kg;
    }
  }

  const EffectiveParameters& storage_;
  StoredCarbon store_;
  double of_begin_kg_;
  StoredCarbonFlows flows_;
};

}  // namespace

StoredCarbonFlows AccountStoredHours(const EffectiveParameters& storage, const std::vector<StoredHour>& hours) {
  Account account(storage, EnergyAtBegin(storage, hours));
  int next_hour = 0;
  bool gap = false;  // since the store's energy was last measured
  for (const StoredHour& hour : hours) {
    gap = gap || hour.hour > next_hour || hour.covered_seconds < kWholeHourSeconds;
    account.Pass(hour, gap);
    if (hour.held_kwh) gap = false;
    next_hour = hour.hour + 1;
  }
  return account.End();
}

}  // namespace derms::domain
