#include "libs/dispatch/fleet/testing/rolling_fleet.h"

#include <algorithm>
#include <cmath>
#include <random>

namespace derms::dispatch::fleet::testing {
namespace {

constexpr double kDemandRevision = 0.008, kWeatherRevision = 0.02, kMeteringError = 0.02;
constexpr double kPersistence = 0.9;  // of a revision from one interval to the next

// std::normal_distribution differs between libraries, the engine does not.
class Noise {
 public:
  explicit Noise(std::uint64_t seed) : engine_(seed) {}

  // Nearly normal: the sum of twelve uniforms less six (Irwin and Hall 1927).
  double Next() {
    double sum = -6.0;
    for (int k = 0; k < 12; ++k) sum += static_cast<double>(engine_() >> 11) * 0x1.0p-53;
    return sum;
  }

  void Revise(Series& series, double deviation) {
    double factor = Next();
    for (double& value : series) {
      value *= std::max(1.0 + deviation * factor, 0.0);
      factor = kPersistence * factor + std::sqrt(1.0 - kPersistence * kPersistence) * Next();
    }
  }

 private:
  std::mt19937_64 engine_;
};

class Later {
 public:
  Later(const Fleet& fleet, const FleetSchedule& schedule, int passed, std::uint64_t seed)
      : schedule_(schedule), passed_(static_cast<std::size_t>(passed)), noise_(seed), fleet_(fleet) {}

  Fleet Make() {
    for (Series& profile : fleet_.profiles) MoveProfile(profile);
    for (std::size_t r = 0; r < fleet_.regions.size(); ++r) MoveRegion(r);
    for (std::size_t i = 0; i < fleet_.storages.size(); ++i) MoveStorage(i);
    for (std::size_t i = 0; passed_ > 0 && i < fleet_.units.size(); ++i) {
      fleet_.units.initial_kw[i] = schedule_.unit_kw[i * fleet_.intervals() + passed_ - 1];
    }
    for (std::size_t i = 0; i < fleet_.hydros.size(); ++i) MoveHydro(i);
    return std::move(fleet_);
  }

 private:
  void Rotate(Series& series) const {
    if (series.empty()) return;
    std::rotate(series.begin(), series.begin() + static_cast<std::ptrdiff_t>(passed_), series.end());
  }

  void MoveProfile(Series& profile) {
    Rotate(profile);
    const bool is_flat = std::all_of(profile.begin(), profile.end(), [](double share) { return share == 1.0; });
    if (!is_flat) noise_.Revise(profile, kWeatherRevision);
    for (double& share : profile) share = std::min(share, 1.0);
  }

  void MoveRegion(std::size_t r) {
    FleetRegion& region = fleet_.regions[r];
    for (std::size_t t = 0; t < passed_; ++t) {
      region.peak_so_far_kw = std::max(region.peak_so_far_kw, schedule_.regions[r].net_import_kw[t]);
    }
    for (Series* series :
         {&region.demand_kw, &region.import_limit_kw, &region.export_limit_kw, &region.import_price_usd_per_kwh,
          &region.export_price_usd_per_kwh, &region.reserve_up_kw, &region.reserve_down_kw}) {
      Rotate(*series);
    }
    noise_.Revise(region.demand_kw, kDemandRevision);
  }

  void MoveStorage(std::size_t i) {
    Storages& s = fleet_.storages;
    const float keep = 1.0F - s.loss_per_interval[i], hours = static_cast<float>(fleet_.hours);
    float energy = s.initial_energy_kwh[i];
    for (std::size_t t = 0; t < passed_; ++t) {
      const float power = schedule_.storage_kw[i * fleet_.intervals() + t];
      energy =
          keep * energy + hours * (power < 0.0F ? -power * s.charge_efficiency[i] : -power / s.discharge_efficiency[i]);
    }
    const float range = s.energy_max_kwh[i] - s.energy_min_kwh[i];
    energy += range * static_cast<float>(kMeteringError * noise_.Next());
    s.initial_energy_kwh[i] = std::clamp(energy, s.energy_min_kwh[i], s.energy_max_kwh[i]);
  }

  void MoveHydro(std::size_t i) {
    float& budget = fleet_.hydros.energy_budget_kwh[i];
    const float refill = budget * static_cast<float>(passed_) / static_cast<float>(fleet_.interval_count);
    for (std::size_t t = 0; t < passed_; ++t) {
      budget -= static_cast<float>(fleet_.hours) * schedule_.hydro_kw[i * fleet_.intervals() + t];
    }
    budget = std::max(budget + refill, 0.0F);
  }

  const FleetSchedule& schedule_;
  const std::size_t passed_;
  Noise noise_;
  Fleet fleet_;
};

}  // namespace

Fleet LaterFleet(const Fleet& fleet, const FleetSchedule& schedule, int passed, std::uint64_t seed) {
  return Later(fleet, schedule, passed, seed).Make();
}

}  // namespace derms::dispatch::fleet::testing
