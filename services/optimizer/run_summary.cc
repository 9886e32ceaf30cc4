#include "services/optimizer/run_summary.h"

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"

namespace derms::optimizer {

v1::OptimizationRun SummaryOf(v1::OptimizationRun run) {
  run.clear_intervals();
  run.clear_excluded();
  run.clear_binding_constraints();
  if (run.has_grid_stability()) run.mutable_grid_stability()->clear_regions();
  return run;
}

absl::Status RunNotFound(const std::string& run_id) {
  return base::NotFound("RUN_NOT_FOUND", absl::StrCat("there is no run ", run_id, "; ListRuns names those there are"));
}

}  // namespace derms::optimizer
