// The independent judge of fleet schedules: shares nothing with the engine but the data types.
//
// It re-simulates every device and limit from the float powers in double arithmetic, recomputes the cost, and
// recomputes the lower bound by weak duality (docs/dispatch.md, "Certificate"): every row between devices or intervals
// is priced, what is left is minimised over boxes in closed form. Region prices come from the schedule; the prices of a
// device's own rows (stored energy, ramps, water) come from a callback, since a million devices' would not fit in
// memory. None of them is trusted: any values prove a bound, wrong ones only a lower one.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "libs/dispatch/fleet/fleet.h"
#include "libs/dispatch/fleet/fleet_schedule.h"

namespace derms::dispatch::fleet {

// Prices of device i's own rows when an injected kW is worth so much in each interval (solution.h, Multipliers).
struct DeviceMultipliers {
  using PerInterval = std::function<void(std::size_t i, std::span<const double> worth_usd_per_kw, std::span<double>)>;
  // Of a storage, USD per kWh at the end of the interval, when a kWh held there earns `holding` besides (empty:
  // nothing).
  std::function<void(std::size_t i, std::span<const double> worth_usd_per_kw,
                     std::span<const double> holding_usd_per_kwh, std::span<double>)>
      stored_energy;
  PerInterval ramp;  // of a unit, up - down into the interval, USD per kW
  std::function<double(std::size_t i, std::span<const double> worth_usd_per_kw)>
      water;  // of a hydro plant, USD per kWh
};

struct FleetCheckOptions {
  double power_tolerance = 1e-6;  // relative to 1 kW (kWh) + the size of what is limited
  double cost_tolerance = 1e-6;   // relative to 1 USD + the sum of the cost terms' absolute values
};

struct FleetDefect {
  std::string rule;     // "storage_energy", "import_limit", "cost", "lower_bound", "shape", ...
  std::string subject;  // kind and row of the device, or the region's id
  int interval = -1;    // -1: the whole horizon
  double amount = 0;    // by how much, in the unit of the rule
};
inline constexpr std::size_t kMaxFleetDefects = 100;

struct FleetCertificate {
  std::vector<FleetDefect> defects;  // empty: feasible, and cost and bound hold
  double cost_usd = 0.0;             // recomputed
  double lower_bound_usd = 0.0;      // recomputed
  double largest_violation = 0.0;    // of any limit, relative as the tolerance

  bool valid() const { return defects.empty(); }
};

// The bound claimed must not exceed the recomputed one by more than the cost tolerance. Pure; thread-safe.
FleetCertificate CheckFleet(const Fleet& fleet, const FleetSchedule& schedule, const DeviceMultipliers& multipliers,
                            const FleetCheckOptions& options = {});

}  // namespace derms::dispatch::fleet
