// Multipliers between protobuf and libs/dispatch. Devices and regions are found by id, so that those with zeros alone
// need not be sent.
#pragma once

#include "derms/v1/dispatch.pb.h"
#include "libs/dispatch/problem.h"
#include "libs/dispatch/solution.h"

namespace derms::wire {

v1::DispatchMultipliers ToProto(const dispatch::Problem& problem, const dispatch::Multipliers& multipliers);

// What names nothing of the problem is left out: any multipliers give a valid bound.
dispatch::Multipliers FromProto(const dispatch::Problem& problem, const v1::DispatchMultipliers& multipliers);

}  // namespace derms::wire
