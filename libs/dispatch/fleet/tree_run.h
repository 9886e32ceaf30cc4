// A root with regions below it on its way through the phases of sapc.h.
//
//   surrogate      one linear program over pools of regions         -> prices and plan of each pool  pools.h
//   limit prices   small regions by themselves at those prices      -> prices of their limits        lot_prices.h
//   agreement      the surrogate again with what they showed        -> better prices                 tree_pricing.h
//   bound          every device's own answer to its price           -> lower bound                   tree_response.h
//   pass           lots follow the plan within their limits         -> powers                        lot_pass.h
//   balance        flows, renewables, exchange                      -> cost                          tree_balance.h
//   mending        where limits are not kept, devices together      -> a schedule after all          tree_mend.h
//   sweeps         lots once more, against what the root misses     -> lower cost                    tree_sweep.h
#pragma once

#include <optional>

#include "libs/dispatch/fleet/lot_pass.h"
#include "libs/dispatch/fleet/root_run.h"
#include "libs/dispatch/fleet/sapc.h"
#include "libs/dispatch/fleet/tree_balance.h"
#include "libs/dispatch/fleet/tree_pass.h"
#include "libs/dispatch/fleet/tree_response.h"

namespace derms::dispatch::fleet {

class TreeRun final : public RootRun {
 public:
  // The forest must outlive the run.
  TreeRun(const Fleet& fleet, const Forest& forest, int root, const SapcOptions& options, FleetSchedule& schedule,
          SapcReport& report);

  // One plain answer of every device to the grid's own prices.
  void AnswerAtOnce(Workers& workers, std::vector<ResponseSpace>& spaces) override;
  absl::Status Coordinate(Workers& workers, std::vector<ResponseSpace>& spaces, const EngineLimits& limits) override;

  bool has_schedule() const override { return has_schedule_; }
  bool balanced() const override { return balanced_; }
  double cost_usd() const override { return cost_usd_; }
  double lower_bound_usd() const override { return lower_bound_usd_; }

 private:
  // All that a pass overwrites.
  struct Kept {
    std::vector<float> powers_kw;  // as runs_
    std::vector<Series> taken_kw;  // as RegionModel::renewables
    std::vector<RegionFlows> flows;
    double cost_usd;
    bool balanced;
  };
  struct Threads {
    Workers& workers;
    std::vector<ResponseSpace>& spaces;
  };

  absl::Status Pass(const RegionModel& model, const AnchorOptions& anchor, Threads threads, const EngineLimits& limits);
  // The schedule of a pass improved; the best one stays.
  void Sweep(const RegionModel& model, const AnchorOptions& anchor, const std::vector<Lot>& lots,
             const TreePrices& prices, const TreeWorth& worth, double level_kw, TreePassResult pass, Threads threads,
             const EngineLimits& limits);
  absl::Status Bound(const RegionModel& model, const TreePrices& prices, const TreeWorth& worth, Threads threads,
                     const EngineLimits& limits);
  // What a pass came to, mended where it must be.
  void Adopt(const RegionModel& model, TreePassResult& pass, const TreeWorth& worth, double level_kw, Workers& workers,
             const EngineLimits& limits);
  Kept Keep() const;
  void Restore(Kept kept);

  const Forest& forest_;
  const SapcOptions& options_;
  FleetSchedule& schedule_;
  SapcReport& report_;
  const RegionModel model_;
  const std::vector<DeviceRun> runs_;
  TreeBalance balance_;  // of the last pass
  bool has_schedule_ = false, balanced_ = true;
  double cost_usd_ = 0.0, lower_bound_usd_ = -kUnlimited;
};

}  // namespace derms::dispatch::fleet
