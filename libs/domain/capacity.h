// Rated power against the rule of its type, and parameters against rated power and each other. Pure functions.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/domain/der.h"

namespace derms::domain {

// The rules a new installation starts with, one per type, by type (docs/ders.md names their sources).
std::vector<CapacityRule> DefaultCapacityRules();

// Storage, whatever the rule says: energy that can be held, kWh.
inline constexpr double kMinEnergyCapacityKwh = 0.1;
inline constexpr double kMaxEnergyCapacityKwh = 80000;

// INVALID_CAPACITY unless 0 < min_kw <= usual_min_kw <= usual_max_kw <= max_kw, all finite.
absl::Status CheckCapacityRule(const CapacityRule& rule);

// Whether a DER may be stored like this. Warnings (each starts with UNUSUAL_CAPACITY) when it may but is unusual.
// Otherwise INVALID_ARGUMENT with every violation: reason INVALID_CAPACITY when rated power or energy is out of range
// (metadata type, min_kw, max_kw, min_kwh, max_kwh), INVALID_PARAMETERS when only parameters contradict each other.
// Rule E2: an inverter-based DER can give and take at least 0.44 of its rated power as reactive power
// (IEEE 1547-2018 cl. 5.2, category B), checked with a tolerance of 1e-3 because nameplates are rounded.
absl::StatusOr<std::vector<std::string>> CheckRatings(DerType type, double capacity_kw, const DerParameters& parameters,
                                                      const CapacityRule& rule);

}  // namespace derms::domain
