#include "libs/dispatch/fleet/plan_shares.h"

#include <algorithm>

#include "libs/dispatch/fleet/hydro_response.h"
#include "libs/dispatch/fleet/response_pass.h"
#include "libs/dispatch/fleet/storage_response.h"
#include "libs/dispatch/fleet/unit_response.h"

namespace derms::dispatch::fleet {
namespace {

constexpr double kDiffusionDevices = 8;  // as AnchorOptions

// Energies that the end of the horizon can still be reached from, at the end of each interval.
void MakeRequired(const StorageTerms& s, double in_kwh, Series& required_kwh) {
  double required = std::max(s.final_energy_min_kwh, s.energy_min_kwh);
  for (std::size_t t = required_kwh.size(); t-- > 0;) {
    required_kwh[t] = required;
    required = std::max((required - in_kwh) / s.keep, s.energy_min_kwh);
  }
}

void ShareStorage(const StorageTerms& s, double hours, const Series& wish_kw, Series& required, Series& power_kw) {
  const double charged = hours * s.charge_efficiency, drawn = hours / s.discharge_efficiency;
  const double in = charged * s.charge_max_kw, out = drawn * s.discharge_max_kw;
  MakeRequired(s, in, required);
  double energy = s.initial_energy_kwh;
  for (std::size_t t = 0; t < wish_kw.size(); ++t) {
    const double kept = s.keep * energy, wished = -wish_kw[t] * (wish_kw[t] < 0.0 ? charged : drawn);
    const double to = std::clamp(kept + wished, required[t], std::max(s.energy_max_kwh, required[t]));
    const double enter = std::clamp(to - kept, -out, in);
    energy = kept + enter;
    power_kw[t] = enter > 0.0 ? -enter / charged : -enter / drawn;
  }
}

void ShareUnit(const UnitTerms& unit, const Series& wish_kw, Series& power_kw) {
  double before = unit.initial_kw;
  for (std::size_t t = 0; t < wish_kw.size(); ++t) {
    double power = wish_kw[t];
    if (t > 0 || !unit.starts_anywhere()) {
      power = std::clamp(power, before - unit.ramp_down_kw, before + unit.ramp_up_kw);
    }
    power_kw[t] = before = std::clamp(power, unit.min_kw, unit.max_kw);
  }
}

void ShareHydro(const HydroTerms& hydro, double hours, const Series& wish_kw, Series& power_kw) {
  double left_kw = hydro.energy_budget_kwh / hours - hydro.min_kw * static_cast<double>(wish_kw.size());
  for (std::size_t t = 0; t < wish_kw.size(); ++t) {
    const double room = std::max(hydro.capacity_kw * hydro.profile[t] - hydro.min_kw, 0.0);
    const double above = std::clamp(wish_kw[t] - hydro.min_kw, 0.0, std::min(room, std::max(left_kw, 0.0)));
    left_kw -= above;
    power_kw[t] = hydro.min_kw + above;
  }
}

void ShareCluster(const RegionModel& model, const Cluster& cluster, const Series& plan_kw, FleetSchedule& schedule) {
  const Fleet& fleet = model.fleet;
  double size = 0.0;
  for (std::size_t i = cluster.begin; i < cluster.end; ++i) size += DeviceSize(fleet, cluster.kind, i);
  Series missed(model.count(), 0.0), wish(model.count()), power(model.count()), required(model.count());
  for (std::size_t i = cluster.begin; i < cluster.end; ++i) {
    const double share = size > 0.0 ? DeviceSize(fleet, cluster.kind, i) / size : 0.0;
    for (std::size_t t = 0; t < model.count(); ++t) wish[t] = share * plan_kw[t] + missed[t] / kDiffusionDevices;
    switch (cluster.kind) {
      case DeviceKind::kStorage:
        ShareStorage(StorageTerms::Of(fleet.storages, i), fleet.hours, wish, required, power);
        break;
      case DeviceKind::kUnit:
        ShareUnit(UnitTerms::Of(fleet.units, i), wish, power);
        break;
      case DeviceKind::kHydro:
        ShareHydro(HydroTerms::Of(fleet, i), fleet.hours, wish, power);
        break;
    }
    const std::span<float> to = PowersOf(schedule, cluster.kind, i, model.count());
    for (std::size_t t = 0; t < model.count(); ++t) {
      missed[t] += share * plan_kw[t] - power[t];
      to[t] = static_cast<float>(power[t]);
    }
  }
}

}  // namespace

void WriteShares(const RegionModel& model, const Surrogate& surrogate, FleetSchedule& schedule) {
  Series plan(model.count());
  for (std::size_t k = 0; k < model.clusters.size(); ++k) {
    surrogate.Plan(k, plan);
    ShareCluster(model, model.clusters[k], plan, schedule);
  }
}

}  // namespace derms::dispatch::fleet
