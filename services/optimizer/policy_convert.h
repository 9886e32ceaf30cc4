// Standing policies between protobuf and the store. Pure.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "derms/v1/optimizer.pb.h"
#include "libs/domain/records.h"

namespace derms::optimizer {

// What every run of the policy asks for: fields that runs set themselves are absent. INTERNAL POLICY_UNREADABLE.
absl::StatusOr<v1::OptimizeResourcesRequest> RequestOf(const domain::OptimizationPolicy& policy);

// INVALID_ARGUMENT INVALID_POLICY with everything that no single field's rule says.
absl::Status CheckPolicy(const v1::OptimizationPolicy& policy);

// Without what only the runner and the store know; `area_id` also names the region of the request.
domain::OptimizationPolicy FromProto(const v1::OptimizationPolicy& policy, const std::string& area_id);
absl::StatusOr<v1::OptimizationPolicy> ToProto(const domain::OptimizationPolicy& policy);

}  // namespace derms::optimizer
