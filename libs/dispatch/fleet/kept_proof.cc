#include "libs/dispatch/fleet/kept_proof.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "libs/dispatch/fleet/grid_bound.h"

namespace derms::dispatch::fleet {
namespace {

double LeastOver(double low, double high, double slope) {
  return std::min(slope * low, slope * high);
}

double StorageBound(const StorageTerms& s, double hours, std::span<const double> worth, std::span<const double> value) {
  const double charged = hours * s.charge_efficiency, drawn = hours / s.discharge_efficiency;
  const double wear = hours * s.wear_usd_per_kwh;
  std::array<double, 4> sums{};  // side by side
  const std::size_t last = worth.size() - 1;
  for (std::size_t t = 0; t < last; ++t) {
    const double charging = worth[t] - value[t] * charged, discharging = wear - worth[t] + value[t] * drawn;
    const double acting = std::min({0.0, charging * s.charge_max_kw, discharging * s.discharge_max_kw});
    sums[t & 3U] += acting + LeastOver(s.energy_min_kwh, s.energy_max_kwh, value[t] - s.keep * value[t + 1]);
  }
  const double charging = worth[last] - value[last] * charged, discharging = wear - worth[last] + value[last] * drawn;
  return sums[0] + sums[1] + sums[2] + sums[3] - s.keep * value[0] * s.initial_energy_kwh +
         std::min({0.0, charging * s.charge_max_kw, discharging * s.discharge_max_kw}) +
         LeastOver(std::max(s.energy_min_kwh, s.final_energy_min_kwh), s.energy_max_kwh, value[last]);
}

// Priced ramps leave a convex curve in each interval, least at the end of a piece.
double UnitBound(const UnitTerms& u, double hours, std::span<const double> worth, std::span<double> ramp) {
  if (u.starts_anywhere()) ramp[0] = 0.0;
  double sum = u.starts_anywhere() ? 0.0 : -ramp[0] * u.initial_kw;
  for (std::size_t t = 0; t < worth.size(); ++t) {
    const double slope = ramp[t] - (t + 1 < worth.size() ? ramp[t + 1] : 0.0) - worth[t];
    double at = u.min_kw, value = slope * at, least = value;
    for (std::size_t k = 0; k < u.piece_kw.size(); ++k) {
      const double to = k + 1 == u.piece_kw.size() ? u.max_kw : at + static_cast<double>(u.piece_kw[k]);
      value += (to - at) * (slope + hours * static_cast<double>(u.piece_usd_per_kwh[k]));
      least = std::min(least, value);
      at = to;
    }
    sum += least - std::max(ramp[t] * u.ramp_up_kw, -ramp[t] * u.ramp_down_kw);
  }
  return sum + hours * u.cost_at_min_usd_per_hour * static_cast<double>(worth.size());
}

double HydroBound(const HydroTerms& h, double hours, std::span<const double> worth, double water) {
  const bool is_limited = std::isfinite(h.energy_budget_kwh);
  const double cost = hours * (h.marginal_cost_usd_per_kwh + (is_limited ? water : 0.0));
  double sum = is_limited ? -water * h.energy_budget_kwh : 0.0;
  for (std::size_t t = 0; t < worth.size(); ++t) {
    sum += LeastOver(h.min_kw, std::max(h.capacity_kw * h.profile[t], h.min_kw), cost - worth[t]);
  }
  return sum;
}

void Read(const std::vector<float>& rows, std::size_t i, std::span<double> row) {
  const float* const from = rows.data() + i * row.size();
  for (std::size_t t = 0; t < row.size(); ++t) {
    const auto value = static_cast<double>(from[t]);
    row[t] = std::isfinite(value) ? value : 0.0;
  }
}

void Write(std::span<const double> row, std::size_t i, std::vector<float>& rows) {
  float* const to = rows.data() + i * row.size();
  for (std::size_t t = 0; t < row.size(); ++t) to[t] = static_cast<float>(row[t]);
}

class KeptDevices {
 public:
  KeptDevices(const Fleet& fleet, const KeptProof& kept, KeptProof* next) : fleet_(fleet), kept_(kept), next_(next) {}

  double BoundOf(DeviceKind kind, std::size_t i, std::span<const double> worth, std::span<double> row) const {
    switch (kind) {
      case DeviceKind::kStorage:
        Read(kept_.stored_energy_usd_per_kwh, i, row);
        if (next_ != nullptr) Write(row, i, next_->stored_energy_usd_per_kwh);
        return StorageBound(StorageTerms::Of(fleet_.storages, i), fleet_.hours, worth, row);
      case DeviceKind::kUnit:
        Read(kept_.ramp_usd_per_kw, i, row);
        if (next_ != nullptr) Write(row, i, next_->ramp_usd_per_kw);
        return UnitBound(UnitTerms::Of(fleet_.units, i), fleet_.hours, worth, row);
      case DeviceKind::kHydro:
        break;
    }
    const auto kept = static_cast<double>(kept_.water_usd_per_kwh[i]);
    const double water = std::isfinite(kept) ? std::max(kept, 0.0) : 0.0;
    if (next_ != nullptr) next_->water_usd_per_kwh[i] = static_cast<float>(water);
    return HydroBound(HydroTerms::Of(fleet_, i), fleet_.hours, worth, water);
  }

 private:
  const Fleet& fleet_;
  const KeptProof& kept_;
  KeptProof* const next_;
};

}  // namespace

void Allocate(const Fleet& fleet, KeptProof& proof) {
  proof.prices.assign(fleet.regions.size(), {});
  proof.stored_energy_usd_per_kwh.resize(fleet.storages.size() * fleet.intervals());
  proof.ramp_usd_per_kw.resize(fleet.units.size() * fleet.intervals());
  proof.water_usd_per_kwh.resize(fleet.hydros.size());
}

bool FitsRegion(const KeptProof& proof, const Fleet& fleet, int region) {
  return proof.prices.size() == fleet.regions.size() &&
         FitsPrices(proof.prices[static_cast<std::size_t>(region)], fleet.intervals()) &&
         proof.stored_energy_usd_per_kwh.size() == fleet.storages.size() * fleet.intervals() &&
         proof.ramp_usd_per_kw.size() == fleet.units.size() * fleet.intervals() &&
         proof.water_usd_per_kwh.size() == fleet.hydros.size();
}

void KeepValues(const Fleet& fleet, DeviceKind kind, std::size_t i, std::span<const double> worth,
                const ResponseSpace& space, KeptProof& proof) {
  Series row(worth.size());
  switch (kind) {
    case DeviceKind::kStorage:
      StorageMultipliers(StorageTerms::Of(fleet.storages, i), fleet.hours, worth, space.power_kw, row);
      Write(row, i, proof.stored_energy_usd_per_kwh);
      break;
    case DeviceKind::kUnit:
      UnitMultipliers(UnitTerms::Of(fleet.units, i), fleet.hours, worth, space.power_kw, row);
      Write(row, i, proof.ramp_usd_per_kw);
      break;
    case DeviceKind::kHydro:
      proof.water_usd_per_kwh[i] = static_cast<float>(space.hydro.water_usd_per_kwh());
      break;
  }
}

double KeptBound(const RegionModel& model, const RegionPrices& prices, const KeptProof& kept, Workers& workers,
                 std::vector<ResponseSpace>& spaces, KeptProof* next) {
  const KeptDevices devices(model.fleet, kept, next);
  std::array<Series, kHeadroomKinds> worth;
  for (std::size_t kind = 0; kind < kHeadroomKinds; ++kind) {
    worth[kind] = WorthOf(prices, static_cast<Headroom>(kind), model.count());
  }
  const std::vector<DeviceJob> jobs = MakeJobs(model);
  std::vector<double> parts(jobs.size());
  workers.Run(jobs.size(), [&](std::size_t number, std::size_t worker) {
    const DeviceJob& job = jobs[number];
    const Cluster& cluster = model.clusters[job.cluster];
    for (std::size_t i = job.begin; i < job.end; ++i) {
      parts[number] += devices.BoundOf(cluster.kind, i, worth[cluster.headroom], spaces[worker].power_kw);
    }
  });
  double bound = GridBound(model, prices);
  for (const double part : parts) bound += part;
  return bound;
}

}  // namespace derms::dispatch::fleet
