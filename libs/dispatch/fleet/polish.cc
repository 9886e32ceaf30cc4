#include "libs/dispatch/fleet/polish.h"

#include "libs/dispatch/fleet/grid_bound.h"

namespace derms::dispatch::fleet {

PolishResult Polish(const RegionModel& model, const PolishOptions& options, AnchoredPass& pass, Surrogate& surrogate,
                    const EngineLimits& limits, double lower_bound_usd, double gap_usd, BalanceResult balance,
                    std::vector<double>& taken_kw) {
  PolishResult result{std::move(balance), 0};
  double cost = pass.result().cost_usd + result.balance.cost_usd;
  for (int sweep = 0; sweep < options.most_sweeps; ++sweep) {
    const double before = cost;
    for (int block = 0; block < pass.block_count(); ++block) {
      if (cost - lower_bound_usd <= gap_usd || !pass.Redo(block, limits).ok()) return result;
      ++result.rounds;
      const std::vector<double> taken_before = taken_kw;
      BalanceResult redone = BalanceGrid(model, pass.result().injection_kw, Admissible(model, surrogate.Prices()),
                                         surrogate.level_kw(), taken_kw);
      const double new_cost = pass.result().cost_usd + redone.cost_usd;
      if (redone.balanced && new_cost < cost) {
        cost = new_cost;
        result.balance = std::move(redone);
      } else {
        pass.Undo();
        taken_kw = taken_before;
      }
    }
    if (before - cost < options.least_gain * (before - lower_bound_usd)) break;
  }
  return result;
}

}  // namespace derms::dispatch::fleet
