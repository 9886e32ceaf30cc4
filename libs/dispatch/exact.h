// The exact solver: a linear program by CLP, and branch and bound by CBC only where on/off or one-way rules matter.
//
// 1. Solve the LP without integers and one-way rules, again with more tangents while its quadratic costs are too low.
//    Its duals are the certificate (Multipliers).
// 2. If its schedule keeps the rules, it is optimal ("clp-lp").
// 3. Else impose the nearest decisions that keep them and solve again, then patterns of on and off that keep the rules
//    of every device (rounding.h); if one of them costs no more, it is optimal.
// 4. Else branch and bound from there ("cbc-milp"), with one-way rules only in the intervals where a schedule so far
//    broke them, repeated until none does. The final schedule and prices come from the LP with CBC's decisions.
#pragma once

#include "libs/dispatch/solver.h"

namespace derms::dispatch {

// Larger problems are refused with UNSUPPORTED_SIZE: they would take hours, and memory.
inline constexpr std::size_t kMaxExactDeviceIntervals = 500'000;

// Building the model and CLP's presolve cannot be interrupted; measured at 15 to 25 microseconds of processor time
// per device and interval. A problem larger than this for each second left would overrun its deadline.
inline constexpr double kPreparedDeviceIntervalsPerSecond = 25'000;

class ExactSolver final : public Solver {
 public:
  std::string_view name() const override { return "exact"; }

  // Besides the errors of Solver: NO_SCHEDULE_IN_TIME when the deadline came before a first schedule.
  absl::StatusOr<Solution> Solve(const Problem& problem, const SolveOptions& options) const override;

  // The same, given a feasible schedule to beat; never returns a dearer one, and always one of them at the deadline.
  absl::StatusOr<Solution> Improve(const Problem& problem, const SolveOptions& options, const Solution& known) const;
};

}  // namespace derms::dispatch
