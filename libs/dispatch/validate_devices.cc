// The rules of devices by themselves, all kinds but units.
#include <set>

#include "libs/dispatch/validator.h"

namespace derms::dispatch {

void Validator::CheckDevices() {
  std::set<std::string> ids;
  for (std::size_t i = 0; i < problem_.devices.size(); ++i) {
    const Device& device = problem_.devices[i];
    if (device.id.empty()) Broken(absl::StrCat("devices[", i, "].id"), "must not be empty");
    if (!ids.insert(device.id).second) Broken(absl::StrCat("devices[", i, "].id"), "is used twice: " + device.id);
    const std::string at = absl::StrCat("devices[", device.id, "].");
    if (device.region < 0 || device.region >= static_cast<int>(problem_.regions.size())) {
      Broken(at + "region", "must be the index of a region");
    }
    std::visit([&](const auto& kind) { CheckKind(at, kind); }, device.kind);
  }
}

bool Validator::CheckProfile(const std::string& field, const ScaledProfile& profile) {
  NotNegative(field + ".scale", profile.scale);
  if (profile.profile >= 0 && profile.profile < static_cast<int>(problem_.profiles.size())) return true;
  Broken(field + ".profile", "must be the index of a profile");
  return false;
}

void Validator::CheckKind(const std::string& at, const Renewable& renewable) {
  CheckProfile(at + "availability_kw", renewable.availability_kw);
  Finite(at + "marginal_cost_usd_per_kwh", renewable.marginal_cost_usd_per_kwh);
  NotNegative(at + "curtailment_price_usd_per_kwh", renewable.curtailment_price_usd_per_kwh);
}

void Validator::CheckKind(const std::string& at, const Storage& storage) {
  NotNegative(at + "charge_max_kw", storage.charge_max_kw);
  NotNegative(at + "discharge_max_kw", storage.discharge_max_kw);
  NotNegative(at + "energy_min_kwh", storage.energy_min_kwh);
  NotNegative(at + "energy_max_kwh", storage.energy_max_kwh);
  NotNegative(at + "initial_energy_kwh", storage.initial_energy_kwh);
  NotNegative(at + "final_energy_min_kwh", storage.final_energy_min_kwh);
  NotNegative(at + "wear_usd_per_kwh", storage.wear_usd_per_kwh);
  if (storage.energy_min_kwh > storage.energy_max_kwh) {
    Broken(at + "energy_min_kwh", "must not exceed energy_max_kwh");
  }
  if (storage.final_energy_min_kwh > storage.energy_max_kwh) {
    Broken(at + "final_energy_min_kwh", "must not exceed energy_max_kwh");
  }
  const auto efficiency = [&](const char* field, double value) {
    if (!(value > 0.0 && value <= 1.0)) Broken(at + field, "must be above 0 and at most 1");
  };
  efficiency("charge_efficiency", storage.charge_efficiency);
  efficiency("discharge_efficiency", storage.discharge_efficiency);
  if (!(storage.standing_loss_per_hour >= 0.0 && storage.standing_loss_per_hour < 1.0)) {
    Broken(at + "standing_loss_per_hour", "must be from 0 to below 1");
  }
  if (storage.inflow_kw) CheckProfile(at + "inflow_kw", *storage.inflow_kw);
  CheckTargets(at, storage);
}

void Validator::CheckTargets(const std::string& at, const Storage& storage) {
  int before = -1;
  for (std::size_t k = 0; k < storage.targets.size(); ++k) {
    const EnergyTarget& target = storage.targets[k];
    const std::string field = absl::StrCat(at, "targets[", k, "].");
    if (target.interval <= before || target.interval >= problem_.interval_count) {
      Broken(field + "interval", "must be an interval of the horizon, and later than the target before");
    }
    before = target.interval;
    NotNegative(field + "at_least_kwh", target.at_least_kwh);
    NotNegativeOrUnlimited(field + "at_most_kwh", target.at_most_kwh);
    if (target.at_least_kwh > storage.energy_max_kwh) Broken(field + "at_least_kwh", "must not exceed energy_max_kwh");
    if (target.at_most_kwh < storage.energy_min_kwh) {
      Broken(field + "at_most_kwh", "must not be below energy_min_kwh");
    }
    if (target.at_least_kwh > target.at_most_kwh) Broken(field + "at_least_kwh", "must not exceed at_most_kwh");
    if (target.interval + 1 == problem_.interval_count && target.at_most_kwh < storage.final_energy_min_kwh) {
      Broken(field + "at_most_kwh", "must not be below final_energy_min_kwh");
    }
  }
}

void Validator::CheckKind(const std::string& at, const FlexibleLoad& load) {
  NotNegative(at + "energy_kwh", load.energy_kwh);
  NotNegative(at + "min_kw", load.min_kw);
  NotNegative(at + "max_kw", load.max_kw);
  if (load.min_kw > load.max_kw) Broken(at + "min_kw", "must not exceed max_kw");
  const int end = load.window.end == 0 ? problem_.interval_count : load.window.end;
  if (load.window.first < 0 || load.window.first >= end || end > problem_.interval_count) {
    Broken(at + "window", "must be intervals of the horizon, first before end");
  }
  if (load.contiguous && load.min_kw <= 0.0) {
    Broken(at + "contiguous", "needs min_kw above 0: without it a load is never off");
  }
  if (load.undelivered_usd_per_kwh) NotNegative(at + "undelivered_usd_per_kwh", *load.undelivered_usd_per_kwh);
}

void Validator::CheckPeriods(const std::string& at, const Hydro& hydro) {
  int before = 0;
  for (std::size_t k = 0; k < hydro.period_budgets.size(); ++k) {
    const auto& [first, end] = hydro.period_budgets[k].intervals;
    const std::string field = absl::StrCat(at, "period_budgets[", k, "].");
    if (first < before || first >= end || end > problem_.interval_count) {
      Broken(field + "intervals", "must be intervals of the horizon, first before end, after the period before");
    }
    before = end;
    NotNegative(field + "energy_kwh", hydro.period_budgets[k].energy_kwh);
  }
}

void Validator::CheckKind(const std::string& at, const Hydro& hydro) {
  const bool known = CheckProfile(at + "availability_kw", hydro.availability_kw);
  NotNegative(at + "min_kw", hydro.min_kw);
  Finite(at + "marginal_cost_usd_per_kwh", hydro.marginal_cost_usd_per_kwh);
  if (hydro.energy_budget_kwh) NotNegative(at + "energy_budget_kwh", *hydro.energy_budget_kwh);
  CheckPeriods(at, hydro);
  if (!known) return;
  for (int t = 0; t < problem_.interval_count; ++t) {
    if (hydro.min_kw > problem_.at(hydro.availability_kw, t)) {
      Broken(at + "min_kw", absl::StrCat("exceeds the availability in interval ", t));
      return;
    }
  }
}

}  // namespace derms::dispatch
