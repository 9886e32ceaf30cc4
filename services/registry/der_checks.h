// Rules that a DER's data must satisfy as a whole, when registered and when changed.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/domain/der.h"
#include "libs/store/read_model.h"

namespace derms::registry {

// Rated power and parameters against the capacity rule of the type as it is now: INVALID_ARGUMENT INVALID_CAPACITY or
// INVALID_PARAMETERS. OK: warnings for what is allowed but unusual.
absl::StatusOr<std::vector<std::string>> CheckRatingsNow(const domain::Der& der, const store::ReadModel& fleet);

// Kilowatts for people: "100", "0.25", "30000".
std::string KilowattText(double kw);

}  // namespace derms::registry
