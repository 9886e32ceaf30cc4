// A solver for tests of isolation: misbehaves as the first device's id asks, otherwise solves as the product does.
#pragma once

#include "libs/dispatch/solver.h"

namespace derms::optimizer::testing {

// Ids: "ABORT", "EXIT", "LOOP" (looks at nothing), "TALK" (progress without end), "EAT" (memory), "SLEEP" (until
// cancelled or the time limit), "GARBLE" (writes what is no frame). With "ALWAYS-" before it, the quick solver does the
// same.
class FaultySolver final : public dispatch::Solver {
 public:
  enum class Role { kBest, kQuick };
  explicit FaultySolver(Role role) : role_(role) {}

  std::string_view name() const override { return "faulty"; }
  absl::StatusOr<dispatch::Solution> Solve(const dispatch::Problem& problem,
                                           const dispatch::SolveOptions& options) const override;

 private:
  const Role role_;
};

}  // namespace derms::optimizer::testing
