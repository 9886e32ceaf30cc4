// The one interface of all dispatch solvers. Use MakePortfolio (portfolio.h) unless you compare solvers.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/dispatch/problem.h"
#include "libs/dispatch/solution.h"

namespace derms::dispatch {

struct SolveProgress {
  std::string_view phase;                // "greedy", "lp", "milp", "prices", "check"
  double best_cost_usd = kUnlimited;     // of the best schedule so far; infinity while there is none
  double lower_bound_usd = -kUnlimited;  // -infinity while unknown
};

struct SolveOptions {
  absl::Duration time_limit = absl::Seconds(30);  // wall time of Solve; at the limit the best schedule is returned
  double relative_gap = 1e-6;                     // good enough
  std::uint32_t seed = 1;                         // same problem, options and seed: same solution, if it finished
  int threads = 1;
  bool relax = false;  // the portfolio's: instead of INFEASIBLE the nearest feasible problem; see Solution::relaxed
  const std::atomic<bool>* cancelled = nullptr;             // polled; true: Solve answers CANCELLED soon
  std::function<void(const SolveProgress&)> progress = {};  // called on the solving thread; must be quick

  // What the last solve of nearly the same problem left (Solution::resume_point); null: from scratch. Nothing of it is
  // trusted: where it does not fit, or leaves a gap above the larger of relative_gap and resume_gap, it only cost time.
  std::shared_ptr<const ResumePoint> resume_from = {};
  double resume_gap = 2e-3;
  bool keep_resume_point = false;  // fill Solution::resume_point, where the solver knows how (the fleet engine's)
};

class Solver {
 public:
  virtual ~Solver() = default;
  virtual std::string_view name() const = 0;

  // Errors: INVALID_PROBLEM with the fields, INFEASIBLE with the reason in the operator's words, UNSUPPORTED_FEATURE
  // naming what this solver does not know, CANCELLED. Const and without shared state: safe from several threads.
  virtual absl::StatusOr<Solution> Solve(const Problem& problem, const SolveOptions& options) const = 0;
};

}  // namespace derms::dispatch
