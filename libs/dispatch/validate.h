// Is this a problem at all, and can it have a schedule?
#pragma once

#include <vector>

#include "absl/status/status.h"
#include "libs/base/error.h"
#include "libs/dispatch/problem.h"

namespace derms::dispatch {

inline constexpr int kMaxIntervals = 10'000;
inline constexpr std::size_t kMaxProfiles = 100'000;

// OK, or INVALID_ARGUMENT with reason INVALID_PROBLEM and one field violation for each broken rule (at most 100),
// fields as "devices[BATT-4].energy_max_kwh".
absl::Status Validate(const Problem& problem);

// Necessary conditions that can be said of one device or region in the operator's words; FAILED_PRECONDITION with
// reason INFEASIBLE, one violation each. Passing is not a proof of feasibility (regional limits may still conflict).
absl::Status CheckReachability(const Problem& problem);

// The status of such conflicts; OK when there are none.
absl::Status InfeasibleStatus(const std::vector<base::FieldViolation>& conflicts);

}  // namespace derms::dispatch
