// From prices to a schedule: devices follow the plan of the surrogate, block by block, and each block repairs what the
// blocks before it missed.
//
// At good prices most storage is indifferent within a price plateau; answering the same price they would all move
// together. An anchor breaks the tie in the direction of a plan that is feasible for all: a device minimises
//     cost - worth . p + rho sum_t |p_t - wish_t|,      wish = its share of its cluster's trajectory in the surrogate
// and loses at most rho x deviation by it. Three feedbacks keep the sum on the plan:
//   within a block   what devices so far fell short of the plan is added to the wishes of the next few (error
//                    diffusion, as in halftoning: Floyd and Steinberg 1976); units and hydro go first and storage
//                    makes up for them;
//   between blocks   the surrogate is solved again for what remains of fleet and demand;
//   at the end       blocks get smaller, so the last correction is of what the last few devices miss.
#pragma once

#include <span>
#include <vector>

#include "libs/dispatch/fleet/blocks.h"
#include "libs/dispatch/fleet/plan_keeper.h"
#include "libs/dispatch/fleet/response_pass.h"
#include "libs/dispatch/fleet/surrogate.h"
#include "libs/dispatch/fleet/turn.h"

namespace derms::dispatch::fleet {

struct AnchorOptions {
  int equal_blocks = 32;  // of the fleet; the last one is halved again and again
  int tail_blocks = 4;
  double rho_usd_per_kwh = 0.002;        // storage and hydro
  double unit_rho_usd_per_kwh = 0.0005;  // enough to tell units of one price apart
  double newest_price_share = 0.8;       // of the newest prices against the first ones
  double diffusion_devices = 8;          // over how many devices an error is spread
  // Of the import limit, kept free by the plan for what the devices miss: where load is about to be shed, a kWh missed
  // costs the value of lost load.
  double import_margin = 0.0;
  // Of a re-solve: the others keep a plan as far as that goes, and come first. Blocks are of those whose turn it is.
  Turn turn = {};
};

struct AnchoredResult {
  Injection injection_kw;  // storage, units, hydro
  Unbacked unbacked;       // of storage; empty: no headroom has to be backed
  double cost_usd = 0.0;
};

class AnchoredPass {
 public:
  // `surrogate` has solved the whole region, `first` are its prices. Everything must outlive the pass.
  AnchoredPass(const RegionModel& model, const AnchorOptions& options, const RegionPrices& first, Surrogate& surrogate,
               Workers& workers, std::vector<ResponseSpace>& spaces, FleetSchedule& schedule,
               const PlanKeeper* keeper = nullptr);

  // Schedules all blocks in turn. Stops with an error when the surrogate does; what is not yet written then keeps its
  // powers, and the result means nothing.
  absl::Status Run(const EngineLimits& limits);

  const AnchoredResult& result() const { return result_; }

 private:
  // What one cluster's devices of one block do.
  struct Part {
    std::vector<std::uint32_t> devices;
    double size = 0.0;
    Series power_kw;
    Unbacked unbacked;
    double cost_usd = 0.0;
  };

  void SplitIntoBlocks();
  // Of each device of a cluster.
  std::vector<std::size_t> BlocksOf(std::size_t k) const;
  std::vector<double> Shares() const;
  void Prepare();
  void RunBlock(std::size_t block);
  Series RunClusters(std::size_t block, const std::vector<std::size_t>& clusters, const Series& missed,
                     double total_size);
  void RunDevice(std::size_t k, std::uint32_t i, bool keeps, ResponseSpace& space, Part& part, Series& missed);
  // Powers to space.power_kw; returns their cost, USD.
  double Answer(DeviceKind kind, std::size_t i, const Series& worth, ResponseSpace& space) const;
  // The same of storage whose energy backs headroom; adds what is not backed.
  double AnswerBacked(Headroom headroom, std::size_t i, ResponseSpace& space, Unbacked& unbacked) const;
  // The same for the intervals after those of the plan that is kept.
  double AnswerAfterPlan(DeviceKind kind, std::size_t i, const Series& worth, ResponseSpace& space) const;
  void Enter(std::size_t k, const Part& part);
  // parts_ by cluster and block.
  Part& PartOf(std::size_t k, std::size_t block) { return parts_[k * blocks() + block]; }
  bool backs() const { return !result_.unbacked.up_kw.empty(); }
  std::size_t blocks_before() const { return static_cast<std::size_t>(options_.turn.blocks_before); }
  std::size_t blocks() const { return blocks_before() + static_cast<std::size_t>(blocks_.count()); }

  const RegionModel& model_;
  const AnchorOptions& options_;
  Surrogate& surrogate_;
  Workers& workers_;
  std::vector<ResponseSpace>& spaces_;
  FleetSchedule& schedule_;
  const PlanKeeper* const keeper_;
  const Blocks blocks_;
  std::vector<Part> parts_;
  std::vector<double> size_, remaining_;  // of all devices and of those not yet scheduled, by cluster
  std::vector<Series> plan_;              // of the remaining size, by cluster
  std::array<Series, kHeadroomKinds> first_worth_, worth_;
  // Of headroom, where energy must back it: {up, down} of the first prices, and now.
  std::array<Series, 2> first_headroom_, headroom_;
  AnchoredResult result_;
};

}  // namespace derms::dispatch::fleet
