// A run as the JSON that the store keeps: protobuf's own JSON of derms.v1.OptimizationRun.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "derms/v1/optimizer.pb.h"
#include "libs/domain/records.h"

namespace derms::optimizer {

std::string RunToJson(const v1::OptimizationRun& run);
// INTERNAL RUN_UNREADABLE when what is stored is not such JSON.
absl::StatusOr<v1::OptimizationRun> RunFromStored(const domain::Run& stored);

}  // namespace derms::optimizer
