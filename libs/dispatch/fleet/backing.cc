#include "libs/dispatch/fleet/backing.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"

namespace derms::dispatch::fleet {

bool AsksForBacking(const Fleet& fleet, const FleetRegion& region) {
  return fleet.reserve_hours > 0.0 && !(region.reserve_up_kw.empty() && region.reserve_down_kw.empty());
}

bool AsksForBacking(const Fleet& fleet) {
  return std::any_of(fleet.regions.begin(), fleet.regions.end(),
                     [&](const FleetRegion& region) { return AsksForBacking(fleet, region); });
}

absl::Status CheckBacking(const Fleet& fleet) {
  std::vector<bool> asks(fleet.regions.size());
  const auto root_of = [&](std::size_t r) {
    while (fleet.regions[r].parent >= 0) r = static_cast<std::size_t>(fleet.regions[r].parent);
    return r;
  };
  for (std::size_t r = 0; r < fleet.regions.size(); ++r) {
    if (AsksForBacking(fleet, fleet.regions[r])) asks[root_of(r)] = true;
  }
  for (std::size_t r = 0; r < fleet.regions.size(); ++r) {
    if (fleet.regions[r].parent < 0 || !asks[root_of(r)]) continue;
    return base::InvalidArgument(
        "UNSUPPORTED_FEATURE",
        absl::StrCat("the fleet engine knows reserve backed by energy only of roots without regions below them: ",
                     fleet.regions[root_of(r)].id, " has ", fleet.regions[r].id, " below it"));
  }
  return absl::OkStatus();
}

void Unbacked::Add(const Unbacked& other) {
  for (std::size_t t = 0; t < other.up_kw.size(); ++t) {
    up_kw[t] += other.up_kw[t];
    down_kw[t] += other.down_kw[t];
  }
}

template <typename Power>
void AddUnbacked(const Fleet& fleet, const StorageTerms& s, Headroom headroom, std::span<const Power> power_kw,
                 Unbacked& sum) {
  const double charged = fleet.hours * s.charge_efficiency, drawn = fleet.hours / s.discharge_efficiency;
  const Carried carried = Carried::By(s, fleet.reserve_hours);
  const double counts_up = (headroom & kHeadroomUp) != 0 ? 1.0 : 0.0;
  const double counts_down = (headroom & kHeadroomDown) != 0 ? 1.0 : 0.0;
  double energy = s.initial_energy_kwh;
  for (std::size_t t = 0; t < power_kw.size(); ++t) {
    const auto power = static_cast<double>(power_kw[t]);
    energy = s.keep * energy - power * (power < 0.0 ? charged : drawn);
    const double up = s.discharge_max_kw - power - carried.up_kw_per_kwh * (energy - s.energy_min_kwh);
    const double down = s.charge_max_kw + power - carried.down_kw_per_kwh * (s.energy_max_kwh - energy);
    sum.up_kw[t] += counts_up * std::max(up, 0.0);
    sum.down_kw[t] += counts_down * std::max(down, 0.0);
  }
}
template void AddUnbacked(const Fleet&, const StorageTerms&, Headroom, std::span<const float>, Unbacked&);
template void AddUnbacked(const Fleet&, const StorageTerms&, Headroom, std::span<const double>, Unbacked&);

const BackingPrices* BackingOf(const RegionPrices& prices, std::size_t storage) {
  for (const BackingPrices& run : prices.backing) {
    if (storage >= run.begin && storage < run.end) return &run;
  }
  return nullptr;
}

void AddToWorth(const BackingPrices& backing, Series& worth) {
  for (std::size_t t = 0; t < worth.size(); ++t) worth[t] += At(backing.up, t) - At(backing.down, t);
}

void HoldingOf(const StorageTerms& storage, double reserve_hours, const BackingPrices& prices,
               std::span<double> holding) {
  const Carried carried = Carried::By(storage, reserve_hours);
  for (std::size_t t = 0; t < holding.size(); ++t) {
    holding[t] = At(prices.up, t) * carried.up_kw_per_kwh - At(prices.down, t) * carried.down_kw_per_kwh;
  }
}

double BackingConstant(const StorageTerms& s, double reserve_hours, const BackingPrices& prices) {
  const Carried carried = Carried::By(s, reserve_hours);
  double up = 0.0, down = 0.0;
  for (double price : prices.up) up += price;
  for (double price : prices.down) down += price;
  return up * (s.discharge_max_kw + carried.up_kw_per_kwh * s.energy_min_kwh) +
         down * (s.charge_max_kw - carried.down_kw_per_kwh * s.energy_max_kwh);
}

}  // namespace derms::dispatch::fleet
