// Prices of a whole tree of regions: the surrogate, the programs of the lots and their devices, brought to agree.
//
// The surrogate sees sums of feeders and plans exchange that single feeders cannot keep: the sum of their limits is
// wider than their limits. So after the lots have answered its prices (lot_prices.h), what they draw beyond its plan
// is entered into it as given, and it is solved again: iterative aggregation. Where that comes to rest, the lots' sum
// balances at prices that every lot's plan is best at. Each round starts from the bases of the last.
//
// One level down it is the same: a lot's program of a few virtual devices plans what its devices cannot do. Once they
// are scheduled, what they inject beyond its plan is entered into it as given.
#pragma once

#include "libs/dispatch/fleet/lot_prices.h"

namespace derms::dispatch::fleet {

class TreePricing {
 public:
  // `surrogate` has solved the whole tree. Everything must outlive the pricing.
  TreePricing(const RegionModel& model, const Forest& forest, const std::vector<Lot>& lots, Surrogate& surrogate);

  // One round: the surrogate with what the lots showed in the last one, if there was one, then the lots' answers.
  absl::Status Next(Workers& workers, const EngineLimits& limits);

  // What devices inject in the end, by RegionModel::parts: for the rounds to come.
  void Learn(const std::vector<Injection>& injection_kw);

  const TreePrices& prices() const { return prices_; }
  const std::vector<LotPlan>& plans() const { return plans_; }  // by lot

 private:
  // Of all lots below a pool: what they draw from it, and what their devices inject by headroom kind.
  struct Exchange {
    explicit Exchange(std::size_t count) : draw_kw(count, 0.0), injection_kw(NoInjection(count)) {}
    Series draw_kw;
    Injection injection_kw;
  };

  absl::Status Answer(Workers& workers, const EngineLimits& limits);
  absl::Status Agree(const EngineLimits& limits);
  std::vector<Exchange> Answered() const;
  std::vector<Exchange> Planned() const;

  const RegionModel& model_;
  const Forest& forest_;
  const std::vector<Lot>& lots_;
  Surrogate& surrogate_;
  std::vector<Series> more_draw_kw_;  // asked of the lots, by pool above
  std::vector<Exchange> hidden_;      // from the surrogate: answered - planned, by pool above
  std::vector<bool> of_lots_;         // pools that the surrogate sees lots as
  bool has_answers_ = false;
  TreePrices prices_;
  std::vector<LotPlan> plans_;
};

}  // namespace derms::dispatch::fleet
