// Runs as the JSON that is stored with them.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "derms/v1/optimizer.pb.h"
#include "libs/domain/records.h"

namespace derms::optimizer {

std::string RunToJson(const v1::OptimizationRun& run);
std::string ProgressToJson(const v1::RunProgress& progress);
// What is stored in columns of its own wins. INTERNAL RUN_UNREADABLE.
absl::StatusOr<v1::OptimizationRun> RunFromStored(const domain::Run& stored);

}  // namespace derms::optimizer
