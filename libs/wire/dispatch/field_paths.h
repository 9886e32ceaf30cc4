// The fields that libs/dispatch names in its errors, as fields of the request.
#pragma once

#include "absl/status/status.h"
#include "libs/dispatch/problem.h"

namespace derms::wire {

// The same status with "devices[BATT-4].energy_max_kwh" as "problem.devices[3].storage.energy_max_kwh", wherever the
// device stands. What is no field of a problem stays as it is.
absl::Status InMessageFields(const absl::Status& status, const dispatch::Problem& problem);

}  // namespace derms::wire
