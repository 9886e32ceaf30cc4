// A root without regions below it on its way through the phases of sapc.h.
#pragma once

#include <memory>

#include "libs/dispatch/fleet/anchored_pass.h"
#include "libs/dispatch/fleet/grid_balance.h"
#include "libs/dispatch/fleet/root_run.h"
#include "libs/dispatch/fleet/sapc.h"
#include "libs/dispatch/fleet/surrogate.h"

namespace derms::dispatch::fleet {

class RegionRun final : public RootRun {
 public:
  RegionRun(const Fleet& fleet, int region, const SapcOptions& options, FleetSchedule& schedule, SapcReport& report,
            WarmStart* next);

  // Devices at rest (resting_answer.h).
  void AnswerAtOnce(Workers& workers, std::vector<ResponseSpace>& spaces) override;
  // Shares of the surrogate's plan (plan_shares.h) as a schedule; then the bound.
  absl::Status Share(const EngineLimits& limits) override;
  absl::Status Prove(Workers& workers, std::vector<ResponseSpace>& spaces, const EngineLimits& limits) override;
  absl::Status Coordinate(Workers& workers, std::vector<ResponseSpace>& spaces, const EngineLimits& limits) override;
  bool resumes() const override { return true; }
  absl::Status Resume(const WarmStart& warm, Workers& workers, std::vector<ResponseSpace>& spaces,
                      const EngineLimits& limits) override;

 private:
  // Surrogate, bound and anchored pass.
  absl::Status RunPass(const RegionModel& model, const AnchorOptions& anchor, Workers& workers,
                       std::vector<ResponseSpace>& spaces, const EngineLimits& limits) override;
  absl::StatusOr<std::unique_ptr<Surrogate>> Plan(const RegionModel& model, const EngineLimits& limits);
  // The surrogate of model_, solved; from the last one's basis, if there is one.
  absl::StatusOr<std::unique_ptr<Surrogate>> PlanWhole(const EngineLimits& limits);
  absl::Status RunAnchored(const RegionModel& model, const AnchorOptions& anchor, const RegionPrices& first,
                           Surrogate& surrogate, Workers& workers, std::vector<ResponseSpace>& spaces,
                           const EngineLimits& limits, const PlanKeeper* keeper = nullptr, double sweep_share = 0.0);
  // Of the storages: what a re-solve sweeps (grid_sweep.h).
  double SweepShare(const WarmPass& pass) const;
  // The bound that the last solve's proof gives now, with the newest prices in the tail of a horizon that has moved.
  void ProveByLast(const WarmStart& warm, const RegionPrices& newest, Workers& workers,
                   std::vector<ResponseSpace>& spaces);
  std::size_t IntervalsOf(double hours) const;
  absl::Status Bound(const RegionModel& model, const RegionPrices& prices, Workers& workers,
                     std::vector<ResponseSpace>& spaces, const EngineLimits& limits);
  void Adopt(BalanceResult balance, double device_cost_usd);
  // After a pass that was cut short: some devices have new powers, the others those they had.
  void AdoptWhatStands(const RegionModel& model, const RegionPrices& prices);
  RegionFlows& flows() { return schedule_.regions[static_cast<std::size_t>(model_.index)]; }
  RegionPrices& best_prices() { return schedule_.prices[static_cast<std::size_t>(model_.index)]; }

  WarmStart* const next_;              // proof and basis for the next solve; may be null
  KeptProof* const proof_;             // of next_
  AnchoredResult anchored_;            // of the last anchored pass
  std::unique_ptr<Surrogate> solved_;  // of model_, until a pass uses it up
  bool proved_ = false;                // the bound at its prices
};

}  // namespace derms::dispatch::fleet
