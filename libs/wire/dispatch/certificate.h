// What is proved of a solution, as protobuf.
#pragma once

#include "derms/v1/dispatch.pb.h"
#include "libs/dispatch/problem.h"
#include "libs/dispatch/solution.h"

namespace derms::wire {

v1::BoundProof ToProto(dispatch::BoundKind kind);
dispatch::BoundKind FromProto(v1::BoundProof proof);

// Of a solution that the checker has let pass.
v1::DispatchCertificate CertificateOf(const dispatch::Problem& problem, const dispatch::Solution& solution,
                                      bool with_multipliers);

}  // namespace derms::wire
