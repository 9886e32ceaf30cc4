// What sun and wind offer, made up from a seed: enough that set-points are sometimes out of reach. Pure.
#pragma once

#include <cstdint>
#include <string_view>

#include "absl/time/time.h"
#include "libs/domain/der.h"

namespace derms::sim {

// Share of the capacity, 0 to 1. Sun: half a sine from 6 to 18 o'clock of local solar time (15 degrees an hour) under
// clouds; wind: at least 0.2; both drift within minutes and are alike for all DERs of a region. All others: 1.
double AvailableShare(std::uint64_t seed, domain::DerType type, std::string_view region_id, double longitude_deg,
                      absl::Time now);

}  // namespace derms::sim
