// Synthetic fleets by seed: the same on every machine, no files. For tests and the benchmark.
//
// By count: 45 % solar (12 orientations), 8 % wind (4 sites), 35 % storage, 3 % hydro, 1 % geothermal, 8 % fuel cells.
// A day; demand with two peaks, tariff by time of use with noise, export at 35 % of the import price.
#pragma once

#include <cstdint>
#include <string_view>

#include "absl/status/statusor.h"
#include "libs/dispatch/fleet/fleet.h"
#include "libs/dispatch/problem.h"

namespace derms::dispatch::fleet::testing {

struct FleetShape {
  std::uint64_t seed = 1;
  std::size_t devices = 1000;
  int intervals = 96;
  int regions = 1;

  bool catalogue = false;  // storage of 24 models that differ in charge only
  double storage_share = 0.35;
  double feeder = 0.55;             // import limit / peak demand
  double reserve_of_demand = 0.08;  // up; plus 10 % of the renewables
  double reserve_down_of_demand = 0.0;
  double reserve_hours = 0.0;  // for so long energy must back storage's headroom
  double peak_charge_usd_per_kw = 0.30;
  bool flat_price = false;
  bool tight_ramps = false;
  std::size_t devices_per_feeder = 0;  // above 0: all devices and four fifths of the demand hang behind feeders
  bool coupled = false;                // the regions are areas below one root with a bulk import limit
  bool identical_units = false;  // fuel cells of one size, price and ramp, which several intervals' prices hang on
};

// "default", "catalogue", "storage55", "peak2", "scarce", "reserve35", "sustain", "flat", "ramp", "identical";
// "feeders" of 100 devices whose limits change with the hour and bind in some; "coupled": three areas below a common
// import limit. INVALID_ARGUMENT: none of them.
absl::StatusOr<FleetShape> ShapeOfProfile(std::string_view profile);

Fleet GenerateFleet(const FleetShape& shape);

// The same as a Problem, for the exact solvers: device i of the fleet's columns is called after its kind and row.
Problem ProblemOf(const Fleet& fleet);

}  // namespace derms::dispatch::fleet::testing
