#include "libs/dispatch/fleet/tree_pricing.h"

#include <utility>

#include "libs/base/error.h"

namespace derms::dispatch::fleet {
namespace {

constexpr double kDamping = 0.5;  // share of what was not known that is entered; more swings

class TreePricer {
 public:
  TreePricer(const RegionModel& model, const Forest& forest, const std::vector<Lot>& lots, Surrogate& surrogate)
      : model_(model),
        forest_(forest),
        lots_(lots),
        surrogate_(surrogate),
        more_draw_kw_(model.pools.size(), Series(model.count(), 0.0)),
        hidden_(model.pools.size(), Exchange(model.count())),
        of_lots_(model.pools.size(), false) {
    for (const Lot& lot : lots) {
      if (lot.keeps_limits) of_lots_[model.parts[lot.parts[0]].pool] = true;
    }
  }

  absl::Status Answer(Workers& workers, const EngineLimits& limits) {
    TreePrices prices(model_.parts.size());
    prices[0] = surrogate_.Prices();
    for (const Lot& lot : lots_) {
      const std::size_t part = lot.parts[0];
      if (!lot.keeps_limits && part > 0) prices[part] = surrogate_.PricesOfPool(model_.parts[part].pool);
    }
    prices = AdmissibleTree(model_, std::move(prices));
    RETURN_IF_ERROR(
        PriceLots(model_, forest_, lots_, surrogate_, more_draw_kw_, prices, priced_.plans, workers, limits));
    priced_.prices = AdmissibleTree(model_, std::move(prices));
    return absl::OkStatus();
  }

  // The surrogate again, with what the lots' last answer showed.
  absl::Status Agree(const EngineLimits& limits) {
    const std::vector<Exchange> answered = Answered(), planned = Planned();
    std::vector<Injection> settled(model_.pools.size(), NoInjection(model_.count()));
    for (std::size_t pool = 0; pool < settled.size(); ++pool) {
      Exchange& hidden = hidden_[pool];
      const auto learn = [](double& of, double seen) { of += kDamping * (seen - of); };
      for (std::size_t t = 0; t < model_.count(); ++t) {
        learn(hidden.draw_kw[t], answered[pool].draw_kw[t] - planned[pool].draw_kw[t]);
        settled[pool][kNoHeadroom][t] = -hidden.draw_kw[t];
        for (std::size_t kind = 1; kind < kHeadroomKinds; ++kind) {
          learn(hidden.injection_kw[kind][t],
                answered[pool].injection_kw[kind][t] - planned[pool].injection_kw[kind][t]);
          settled[pool][kind][t] = hidden.injection_kw[kind][t];  // for headroom; in the balance it is in the draw
          settled[pool][kNoHeadroom][t] -= hidden.injection_kw[kind][t];
        }
      }
    }
    RETURN_IF_ERROR(surrogate_.SolveRemaining(settled, std::vector<double>(model_.clusters.size(), 1.0), 1.0, limits));
    const std::vector<Exchange> now = Planned();
    for (std::size_t pool = 0; pool < now.size(); ++pool) {
      for (std::size_t t = 0; t < model_.count(); ++t) {
        more_draw_kw_[pool][t] = now[pool].draw_kw[t] + hidden_[pool].draw_kw[t] - answered[pool].draw_kw[t];
      }
    }
    return absl::OkStatus();
  }

  PricedTree Take() { return std::move(priced_); }
  const TreePrices& prices() const { return priced_.prices; }

 private:
  // Of all lots below a pool: what they draw from it, and what their devices inject by headroom kind.
  struct Exchange {
    explicit Exchange(std::size_t count) : draw_kw(count, 0.0), injection_kw(NoInjection(count)) {}
    Series draw_kw;
    Injection injection_kw;
  };

  std::vector<Exchange> Answered() const {
    std::vector<Exchange> sums(model_.pools.size(), Exchange(model_.count()));
    for (std::size_t number = 0; number < lots_.size(); ++number) {
      if (!lots_[number].keeps_limits) continue;
      const int above = model_.parts[lots_[number].parts[0]].parent;
      Exchange& sum = sums[model_.parts[static_cast<std::size_t>(above)].pool];
      const LotPlan& plan = priced_.plans[number];
      for (std::size_t t = 0; t < model_.count(); ++t) {
        sum.draw_kw[t] += plan.draw_kw[t];
        for (std::size_t kind = 1; kind < kHeadroomKinds; ++kind) {
          sum.injection_kw[kind][t] += plan.injection_kw[kind][t];
        }
      }
    }
    return sums;
  }

  std::vector<Exchange> Planned() const {
    std::vector<Exchange> sums(model_.pools.size(), Exchange(model_.count()));
    const auto above = [this](std::size_t pool) { return static_cast<std::size_t>(model_.pools[pool].parent); };
    const auto add = [](const Series& from, Series& to) {
      for (std::size_t t = 0; t < to.size(); ++t) to[t] += from[t];
    };
    for (std::size_t pool = 1; pool < sums.size(); ++pool) {
      if (of_lots_[pool]) add(surrogate_.Draw(pool), sums[above(pool)].draw_kw);
    }
    Series kw(model_.count());
    for (std::size_t k = 0; k < model_.clusters.size(); ++k) {
      const Cluster& cluster = model_.clusters[k];
      if (!of_lots_[cluster.pool]) continue;
      surrogate_.Plan(k, kw);
      add(kw, sums[above(cluster.pool)].injection_kw[cluster.headroom]);
    }
    return sums;
  }

  const RegionModel& model_;
  const Forest& forest_;
  const std::vector<Lot>& lots_;
  Surrogate& surrogate_;
  std::vector<Series> more_draw_kw_;  // asked of the lots, by pool above
  std::vector<Exchange> hidden_;      // from the surrogate: answered - planned, by pool above
  std::vector<bool> of_lots_;         // pools that the surrogate sees lots as
  PricedTree priced_;
};

}  // namespace

absl::StatusOr<PricedTree> PriceTree(const RegionModel& model, const Forest& forest, const std::vector<Lot>& lots,
                                     int rounds, Surrogate& surrogate, Workers& workers, const EngineLimits& limits,
                                     const std::function<absl::Status(const TreePrices&)>& visit) {
  TreePricer pricer(model, forest, lots, surrogate);
  for (int round = 0; round < rounds; ++round) {
    if (round > 0) RETURN_IF_ERROR(pricer.Agree(limits));
    RETURN_IF_ERROR(pricer.Answer(workers, limits));
    RETURN_IF_ERROR(visit(pricer.prices()));
  }
  return pricer.Take();
}

}  // namespace derms::dispatch::fleet
