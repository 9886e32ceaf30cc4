// Chance that depends on nothing but a seed and names: equal seeds give equal fleets, faults and weather, in every
// process and order. Pure functions.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>

#include "absl/time/time.h"

namespace derms::sim {

// Evenly from [0, 1).
double Chance(std::uint64_t seed, std::initializer_list<std::string_view> names);

// From [0, 1] over time, smoothly from one chance to the next in kDrift.
inline constexpr absl::Duration kDrift = absl::Minutes(5);
double Drift(std::uint64_t seed, std::string_view what, std::string_view whose, absl::Time now);

}  // namespace derms::sim
