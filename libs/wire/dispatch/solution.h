// Solutions of dispatch problems between protobuf and libs/dispatch. A solution belongs to its problem.
#pragma once

#include "derms/v1/dispatch.pb.h"
#include "libs/dispatch/problem.h"
#include "libs/dispatch/solution.h"

namespace derms::wire {

v1::DispatchSolution ToProto(const dispatch::Problem& problem, const dispatch::Solution& solution);

// For whoever wants to judge an answer himself (libs/dispatch/checker.h, which takes any shapes): schedule, cost,
// bound, and the multipliers that the certificate brings.
dispatch::Solution FromProto(const dispatch::Problem& problem, const v1::DispatchSolution& solution,
                             const v1::DispatchCertificate& certificate);

}  // namespace derms::wire
