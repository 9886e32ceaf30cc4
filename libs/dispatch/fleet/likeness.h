// What makes two devices answer prices alike: the properties that the order of devices is made by (alike.h).
#pragma once

#include "libs/dispatch/fleet/alike.h"

namespace derms::dispatch::fleet {

// Wear and losses set the prices between which a storage acts; its charge at the start matters for hours only.
inline constexpr Keys<4> kStorageWeights = {1.0, 0.8, 0.8, 0.5};
inline constexpr Keys<3> kUnitWeights = {1.0, 0.7, 0.5};

struct StorageLikeness {
  float discharge_max_kw, energy_min_kwh, energy_max_kwh, initial_energy_kwh, charge_efficiency, discharge_efficiency,
      wear_usd_per_kwh;

  Keys<4> keys() const {
    const double range = std::max(energy_max_kwh - energy_min_kwh, 1e-6F);
    const double power = std::max(discharge_max_kw, 1e-6F);
    return {std::min(range / power, 24.0), wear_usd_per_kwh,
            static_cast<double>(charge_efficiency) * static_cast<double>(discharge_efficiency),
            static_cast<double>(initial_energy_kwh - energy_min_kwh) / range};
  }
};

struct UnitLikeness {
  float min_kw, max_kw, ramp_up_kw, ramp_down_kw;
  double first_usd_per_kwh, last_usd_per_kwh;  // of its cost curve; 0 without one

  Keys<3> keys() const {
    const double range = std::max(max_kw - min_kw, 1e-6F);
    const double ramp = std::min<double>((ramp_up_kw + ramp_down_kw) / range, 2.0);
    return {first_usd_per_kwh, last_usd_per_kwh - first_usd_per_kwh, ramp};
  }
};

}  // namespace derms::dispatch::fleet
