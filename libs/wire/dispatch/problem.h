// Dispatch problems between protobuf and libs/dispatch. Inputs are validated before (libs/wire/validate.h).
#pragma once

#include "absl/status/statusor.h"
#include "derms/v1/dispatch.pb.h"
#include "libs/dispatch/problem.h"

namespace derms::wire {

// INVALID_ARGUMENT INVALID_PROBLEM, fields as "problem.devices[3].region_id", for an id that nothing has or that two
// have, and for a device that is nothing. The rest is dispatch::Validate's; InMessageFields translates what it says.
// Check the size before (answer_size.h): a series of one value grows to one per interval.
absl::StatusOr<dispatch::Problem> FromProto(const v1::DispatchProblem& problem);

// Expects a valid problem, with ids as the schema wants them; profiles are named by their index.
v1::DispatchProblem ToProto(const dispatch::Problem& problem);

}  // namespace derms::wire
