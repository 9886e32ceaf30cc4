// Nameplates and settings of the simulated DERs, as the registry keeps them.
#pragma once

#include <vector>

#include "absl/status/status.h"
#include "derms/v1/registry.pb.h"
#include "libs/client/connection.h"
#include "libs/gridcode/profile_shelf.h"
#include "tests/sim/simulated_der.h"

namespace derms::sim {

// Gives each of a made-up fleet a nameplate and settings unless it has some. Errors: those of the calls.
absl::Status PutMissingGridRecords(client::Connection& as_owner, const std::vector<v1::RegisterDerRequest>& fleet);

// Fills in `grid` of those that have a nameplate with a nominal voltage. `profiles` outlives the fleet. Errors: those
// of the calls; INVALID_ARGUMENT UNKNOWN_PROFILE of a grid code that is not built in.
absl::Status LearnGridSettings(client::Connection& registry, const gridcode::ProfileShelf& profiles,
                               std::vector<DerTraits>& fleet);

}  // namespace derms::sim
