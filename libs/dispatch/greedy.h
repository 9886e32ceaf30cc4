// A feasible schedule in linear time: the answer when the deadline leaves no time for a better one.
//
// Units follow the import price within their ramps, weather is taken as it comes, storage charges in its root's
// cheapest intervals and discharges in the dearest as far as its limits and the regions' let it, flexible loads run in
// the cheapest; then, interval by
// interval, whatever a regional limit forbids is curtailed, thrown away or shed. No bound, no prices.
#pragma once

#include "libs/dispatch/solver.h"

namespace derms::dispatch {

class GreedySolver final : public Solver {
 public:
  std::string_view name() const override { return "greedy"; }

  // Besides the errors of Solver: NO_SCHEDULE_FOUND when storage that must charge or loads that must run compete for
  // regional limits, or a carbon cap is too tight for the simple rule (an exact solver may find a way).
  absl::StatusOr<Solution> Solve(const Problem& problem, const SolveOptions& options) const override;
};

}  // namespace derms::dispatch
