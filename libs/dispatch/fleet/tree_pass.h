// The pass over a tree of regions: lots follow the surrogate's plan, block by block; the surrogate is solved again for
// what remains after each. anchored_pass.h says why.
#pragma once

#include "libs/dispatch/fleet/anchored_pass.h"
#include "libs/dispatch/fleet/lot_pass.h"

namespace derms::dispatch::fleet {

struct TreePassResult {
  std::vector<Injection> injection_kw;  // storage, units, hydro; by RegionModel::parts
  double cost_usd = 0.0;
};

// Every lot by itself, without a plan.
TreePassResult RunLotsPlainly(const RegionModel& model, const std::vector<Lot>& lots, const TreeWorth& worth,
                              Workers& workers, std::vector<ResponseSpace>& spaces, FleetSchedule& schedule);

// `surrogate` has solved the whole tree; `worth` are the first prices, `plans` those of lots (by lot). Stops with an
// error when the surrogate does; what is not yet written then keeps its powers.
absl::StatusOr<TreePassResult> RunTreePass(const RegionModel& model, const AnchorOptions& options,
                                           const std::vector<Lot>& lots, const std::vector<LotPlan>& plans,
                                           const TreeWorth& worth, Surrogate& surrogate, Workers& workers,
                                           std::vector<ResponseSpace>& spaces, FleetSchedule& schedule,
                                           const EngineLimits& limits);

}  // namespace derms::dispatch::fleet
