#include "libs/dispatch/conflict.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "libs/base/error.h"
#include "libs/dispatch/clp_engine.h"
#include "libs/dispatch/device_limits.h"
#include "libs/dispatch/lp_model.h"
#include "libs/dispatch/validate.h"

namespace derms::dispatch {
namespace {

// The same model, but each regional limit may be exceeded at one unit of cost per kW, and nothing else costs.
struct ElasticModel {
  LpModel model;
  std::vector<int> excess_in, excess_out;  // first column by region
};

ElasticModel MakeElastic(const Problem& problem, const RegionTree& tree) {
  ElasticModel elastic{BuildLpModel(problem, tree), {}, {}};
  LinearProgram& lp = elastic.model.program;
  std::fill(lp.cost.begin(), lp.cost.end(), 0.0);
  for (std::size_t r = 0; r < problem.regions.size(); ++r) {
    const int parent = problem.regions[r].parent;
    const auto add = [&](double sign) {
      const int first = lp.columns();
      for (int t = 0; t < problem.interval_count; ++t) {
        const int column = lp.AddColumn(0.0, kUnlimited, 1.0);
        lp.Add(elastic.model.region_rows[r].balance + t, column, sign);
        if (parent >= 0) lp.Add(elastic.model.region_rows[static_cast<std::size_t>(parent)].balance + t, column, -sign);
      }
      return first;
    };
    elastic.excess_in.push_back(add(1.0));
    elastic.excess_out.push_back(add(-1.0));
  }
  return elastic;
}

}  // namespace

absl::Status ExplainConflict(const Problem& problem, const RegionTree& tree, const EngineLimits& limits) {
  const ElasticModel elastic = MakeElastic(problem, tree);
  const absl::StatusOr<LpResult> result = SolveWithClp(elastic.model.program, limits);
  std::vector<base::FieldViolation> conflicts;
  if (result.ok() && result->status == EngineStatus::kOptimal) {
    const auto note = [&](const Region& region, int t, double excess, const char* limit, const char* way) {
      if (excess <= 1e-6) return;
      conflicts.push_back({absl::StrCat("regions[", region.id, "].", limit, "[", t, "]"),
                           absl::StrFormat("region %s must %s %.6g kW more than its limit in interval %d: targets of "
                                           "storage and outputs of units in it leave no choice",
                                           region.id, way, excess, t)});
    };
    for (std::size_t r = 0; r < problem.regions.size(); ++r) {
      for (int t = 0; t < problem.interval_count; ++t) {
        const double in = result->x[static_cast<std::size_t>(elastic.excess_in[r] + t)];
        const double out = result->x[static_cast<std::size_t>(elastic.excess_out[r] + t)];
        note(problem.regions[r], t, in, "import_limit_kw", "import");
        note(problem.regions[r], t, out, "export_limit_kw", "export");
      }
    }
  }
  if (conflicts.empty()) {
    return base::FailedPrecondition("INFEASIBLE",
                                    "no schedule meets the limits of all devices together; widen ramps or targets");
  }
  return InfeasibleStatus(conflicts);
}

}  // namespace derms::dispatch
