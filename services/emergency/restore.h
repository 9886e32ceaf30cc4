// RESTORE: ends the orders in force within a scope, all in one mutation, and lets their DERs come back in stages.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/domain/restoration.h"
#include "libs/store/read_model.h"

namespace derms::emergency {

// The rows of the orders that `restore` ends when it starts, as they shall be then; `given` changes how their DERs come
// back. FAILED_PRECONDITION NOTHING_TO_RESTORE, WIDER_ORDER_IN_FORCE.
absl::StatusOr<std::vector<domain::EmergencyOrder>> EndedBy(const domain::EmergencyOrder& restore,
                                                            const domain::GivenRestoration& given,
                                                            const std::string& released_by,
                                                            const store::ReadModel& fleet);

// The order with what it ended; it is over when the last DER is back.
domain::EmergencyOrder Recording(domain::EmergencyOrder restore, const domain::GivenRestoration& given,
                                 const std::vector<domain::EmergencyOrder>& ended);

// An order as it is when it is released at `now`.
domain::EmergencyOrder Released(domain::EmergencyOrder order, const domain::GivenRestoration& given,
                                const std::string& released_by, absl::Time now);

}  // namespace derms::emergency
