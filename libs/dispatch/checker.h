// The independent judge of schedules: shares no code with the solvers, only problem.h, solution.h and relaxation.h,
// which says what giving up a requirement means.
//
// It re-simulates every device and region from the schedule, recomputes the cost, and recomputes the lower bound from
// the multipliers (weak duality, docs/dispatch.md "Certificate"). Pure; thread-safe.
#pragma once

#include <string>
#include <vector>

#include "libs/dispatch/problem.h"
#include "libs/dispatch/solution.h"

namespace derms::dispatch {

struct CheckOptions {
  double power_tolerance = 1e-6;  // relative to 1 kW + the largest power of the constraint
  double cost_tolerance = 1e-6;   // relative to 1 USD + the sum of the cost terms' absolute values
  bool allow_relaxed = false;  // a schedule that gives up requirements (Solution::relaxed) is judged against the rest
};

struct Defect {
  std::string rule;      // "storage_energy", "region_import_limit", "cost", "lower_bound", ...
  std::string subject;   // id of the device or region; empty: the whole solution
  int interval = -1;     // -1: the whole horizon
  double amount = 0;     // by how much, in the unit of the rule
  std::string sentence;  // for people
};
inline constexpr std::size_t kMaxDefects = 100;

struct Certificate {
  std::vector<Defect> defects;  // empty: the schedule is feasible and every claimed figure holds
  CostBreakdown cost;           // recomputed
  double lower_bound_usd = 0;   // recomputed, or the solver's word; see bound_kind
  BoundKind bound_kind = BoundKind::kNone;

  bool valid() const { return defects.empty(); }
};

// The problem must be valid (validate.h); any solution is safe to judge, whatever its shapes and values.
Certificate Check(const Problem& problem, const Solution& solution, const CheckOptions& options = {});

}  // namespace derms::dispatch
