// A fleet that nobody has: types, ratings and places drawn from a seed. Equal seeds give equal fleets, and a larger one
// begins with the DERs of a smaller one. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "derms/v1/registry.pb.h"

namespace derms::sim {

// SIM-000001 and so on, each within the usual capacities of its type (docs/ders.md). request_id is left to the sender.
std::vector<v1::RegisterDerRequest> MadeUpFleet(int count, std::uint64_t seed, const std::string& region_id);

}  // namespace derms::sim
