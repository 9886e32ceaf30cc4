// Tells, once, that the DERs of an order are all back. Their return itself needs nobody: it follows from the order's
// row and the time (libs/domain/restoration.h).
#pragma once

#include "absl/status/statusor.h"
#include "libs/base/ids.h"
#include "libs/observe/log.h"
#include "libs/store/committer.h"
#include "libs/store/queries.h"
#include "libs/store/read_model.h"

namespace derms::server {

// Hands the event `emergency_restored` to the committer for every order of which it was not told yet, at most 1,000;
// any number of processes may do so, the store lets one succeed. Blocks on the database. How many were handed over, or
// the errors of Queries. The logger outlives the commits.
absl::StatusOr<int> TellRestored(const store::ReadModel& fleet, store::Queries& queries, store::Committer& committer,
                                 base::IdSource& ids, observe::Logger& logger);

}  // namespace derms::server
