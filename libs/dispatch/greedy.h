// A feasible schedule in linear time: the answer when the deadline leaves no time for a better one.
//
// Units follow the import price within their ramps, weather is taken as it comes, storage charges in its root's
// cheapest intervals and discharges in the dearest as far as its limits and the regions' let it; then, interval by
// interval, whatever a regional limit forbids is curtailed, thrown away or shed. No bound, no prices.
#pragma once

#include "libs/dispatch/solver.h"

namespace derms::dispatch {

class GreedySolver final : public Solver {
 public:
  std::string_view name() const override { return "greedy"; }

  // Besides the errors of Solver: NO_SCHEDULE_FOUND when storage that must charge competes for regional limits and
  // the simple rule found no way (an exact solver may).
  absl::StatusOr<Solution> Solve(const Problem& problem, const SolveOptions& options) const override;
};

}  // namespace derms::dispatch
