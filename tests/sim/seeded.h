// Chance that depends on nothing but a seed and names: equal seeds give equal fleets, faults and weather, in every
// process and order. Pure functions.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>

namespace derms::sim {

// Evenly from [0, 1).
double Chance(std::uint64_t seed, std::initializer_list<std::string_view> names);

}  // namespace derms::sim
