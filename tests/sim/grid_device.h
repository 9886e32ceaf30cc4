// How a DER answers the voltage and frequency that it meets, by its nameplate and settings (libs/gridcode), and a
// made-up grid for it to meet. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/time/time.h"
#include "derms/v1/compliance.pb.h"
#include "libs/domain/der.h"
#include "libs/gridcode/profile.h"
#include "libs/gridcode/settings.h"

namespace derms::sim {

// Voltage of a DER: where it stands on its feeder, and what drifts there for all of a region; 0.95 to 1.05 pu.
// Frequency is that of the region, off the nominal one by less than the least dead band of droop (0.017 Hz).
struct GridState {
  double v_pu = 1, f_hz = 0;
};
GridState GridAt(std::uint64_t seed, std::string_view region_id, std::string_view der_id, double nominal_hz,
                 absl::Time now);

// Ratings and settings that hold for a DER; `profile` outlives it.
struct GridDevice {
  const gridcode::Profile* profile = nullptr;
  gridcode::Nameplate nameplate;
  gridcode::Settings settings;

  // Reactive power at this active power, kvar, once it has settled: voltages drift slowly against response times. One
  // that is stuck injects all it can, whatever the voltage.
  double ReactivePower(const GridState& grid, double power_kw, bool stuck) const;
};

// The nameplate of a made-up DER: of IEEE 1547-2018's categories B and III behind an inverter, else A and I.
v1::GridNameplate MadeUpNameplate(v1::DerType type, double capacity_kw);
// Volt-var, with the profile's default curve.
v1::GridSettings MadeUpSettings();

}  // namespace derms::sim
