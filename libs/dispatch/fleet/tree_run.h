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
//   lessons        programs again with what devices did; sweeps     -> better prices, lower cost     tree_pricing.h
//   polish         where nearly all is in large areas: finer        -> better prices, schedule       polish.h
#pragma once

#include <optional>

#include "libs/dispatch/fleet/lot_pass.h"
#include "libs/dispatch/fleet/root_run.h"
#include "libs/dispatch/fleet/sapc.h"
#include "libs/dispatch/fleet/tree_balance.h"
#include "libs/dispatch/fleet/tree_pass.h"
#include "libs/dispatch/fleet/tree_pricing.h"
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

 private:
  struct Threads {
    Workers& workers;
    std::vector<ResponseSpace>& spaces;
  };

  absl::Status RunPass(const RegionModel& model, const AnchorOptions& anchor, Workers& workers,
                       std::vector<ResponseSpace>& spaces, const EngineLimits& limits) override;
  ClusterCounts CountsOf(const FinerPass& finer) const override;

  // What a round of pricing came to.
  struct Priced {
    TreePrices prices;
    std::vector<LotPlan> plans;
  };
  // Rounds of pricing, each with its bound. `good` becomes the last one whose bound is near the best.
  absl::Status Price(const RegionModel& model, int rounds, TreePricing& pricing, Priced& good, Threads threads,
                     const EngineLimits& limits);
  // The schedule of a pass improved, the prices with it; the best schedule stays.
  void Improve(const RegionModel& model, const AnchorOptions& anchor, const std::vector<Lot>& lots,
               TreePricing& pricing, Priced good, double level_kw, TreePassResult pass, Threads threads,
               const EngineLimits& limits);
  // The bound that the prices prove; the best one stays.
  absl::StatusOr<double> Bound(const RegionModel& model, const TreePrices& prices, const TreeWorth& worth,
                               Threads threads, const EngineLimits& limits);
  // What a pass came to, mended where it must be.
  void Adopt(const RegionModel& model, TreePassResult& pass, const TreeWorth& worth, double level_kw, Workers& workers,
             const EngineLimits& limits);

  const Forest& forest_;
  const std::vector<DeviceRun> runs_;
  TreeBalance balance_;   // of the last pass
  bool of_lots_ = false;  // nearly all devices are in small regions right below the root
};

}  // namespace derms::dispatch::fleet
