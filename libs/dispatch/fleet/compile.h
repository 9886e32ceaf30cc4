// A Problem as a Fleet: the same optimisation, in columns.
#pragma once

#include "absl/status/statusor.h"
#include "libs/dispatch/fleet/fleet.h"
#include "libs/dispatch/fleet/fleet_builder.h"

namespace derms::dispatch::fleet {

struct CompiledFleet {
  Fleet fleet;
  FleetOrigin origin;  // index in Problem::devices of every row
  // A hydro plant with budgets of periods is a row for each period, with water in that period alone, and one for the
  // intervals without a budget; by row, the index in Hydro::period_budgets, or -1.
  std::vector<int> hydro_period;
};

// The problem must be valid (validate.h). UNSUPPORTED_FEATURE names what the fleet engine does not know and who asks
// for it; nothing is left out silently:
//   an export price above the import price, a unit that may be switched off, a storage that may charge and discharge at
//   once, budgets of periods beside a minimum output or a budget of the whole horizon.
absl::StatusOr<CompiledFleet> Compile(const Problem& problem);

}  // namespace derms::dispatch::fleet
