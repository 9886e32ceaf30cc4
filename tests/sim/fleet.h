// The DERs that are simulated, as the registry knows them.
#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "libs/client/connection.h"
#include "tests/sim/options.h"
#include "tests/sim/simulated_der.h"

namespace derms::sim {

// By id; fewer than asked for when there are no more. Errors: those of ListDers; NOT_FOUND NO_DERS.
absl::StatusOr<std::vector<DerTraits>> ListFleet(client::Connection& registry, const SimOptions& options);

// In blocks of neighbours, as evenly as can be; fewer than `gateways` when there are not as many DERs.
std::vector<std::vector<DerTraits>> Share(std::vector<DerTraits> fleet, int gateways);

}  // namespace derms::sim
