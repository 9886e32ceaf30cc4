// A run without what grows with the fleet and the horizon, for lists and for those who follow it.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "derms/v1/optimizer.pb.h"

namespace derms::optimizer {

v1::OptimizationRun SummaryOf(v1::OptimizationRun run);

// NOT_FOUND RUN_NOT_FOUND.
absl::Status RunNotFound(const std::string& run_id);

}  // namespace derms::optimizer
