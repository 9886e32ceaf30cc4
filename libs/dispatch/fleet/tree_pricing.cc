#include "libs/dispatch/fleet/tree_pricing.h"

#include <utility>

#include "libs/base/error.h"

namespace derms::dispatch::fleet {
namespace {

constexpr double kDamping = 0.5;  // share of what was not known that is entered; more swings

}  // namespace

TreePricing::TreePricing(const RegionModel& model, const Forest& forest, const std::vector<Lot>& lots,
                         Surrogate& surrogate)
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

absl::Status TreePricing::Next(Workers& workers, const EngineLimits& limits) {
  if (has_answers_) RETURN_IF_ERROR(Agree(limits));
  RETURN_IF_ERROR(Answer(workers, limits));
  has_answers_ = true;
  return absl::OkStatus();
}

void TreePricing::Learn(const std::vector<Injection>& injection_kw) {
  for (std::size_t number = 0; number < lots_.size(); ++number) {
    LotPlan& plan = plans_[number];
    if (!plan.was_asked() || lots_[number].parts.size() > 1) continue;
    const Injection& actual = injection_kw[lots_[number].parts[0]];
    for (std::size_t kind = 0; kind < kHeadroomKinds; ++kind) {
      for (std::size_t t = 0; t < model_.count(); ++t) {
        plan.hidden_kw[kind][t] += kDamping * (actual[kind][t] - plan.injection_kw[kind][t]);
      }
    }
  }
}

absl::Status TreePricing::Answer(Workers& workers, const EngineLimits& limits) {
  TreePrices prices(model_.parts.size());
  prices[0] = surrogate_.Prices();
  for (const Lot& lot : lots_) {
    const std::size_t part = lot.parts[0];
    if (!lot.keeps_limits && part > 0) prices[part] = surrogate_.PricesOfPool(model_.parts[part].pool);
  }
  prices = AdmissibleTree(model_, std::move(prices));
  RETURN_IF_ERROR(PriceLots(model_, forest_, lots_, surrogate_, more_draw_kw_, prices, plans_, workers, limits));
  prices_ = AdmissibleTree(model_, std::move(prices));
  return absl::OkStatus();
}

absl::Status TreePricing::Agree(const EngineLimits& limits) {
  const std::vector<Exchange> answered = Answered(), planned = Planned();
  std::vector<Injection> settled(model_.pools.size(), NoInjection(model_.count()));
  for (std::size_t pool = 0; pool < settled.size(); ++pool) {
    Exchange& hidden = hidden_[pool];
    const auto learn = [](double& of, double seen) { of += kDamping * (seen - of); };
    for (std::size_t t = 0; t < model_.count(); ++t) {
      learn(hidden.draw_kw[t], answered[pool].draw_kw[t] - planned[pool].draw_kw[t]);
      settled[pool][kNoHeadroom][t] = -hidden.draw_kw[t];
      for (std::size_t kind = 1; kind < kHeadroomKinds; ++kind) {
        learn(hidden.injection_kw[kind][t], answered[pool].injection_kw[kind][t] - planned[pool].injection_kw[kind][t]);
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

std::vector<TreePricing::Exchange> TreePricing::Answered() const {
  std::vector<Exchange> sums(model_.pools.size(), Exchange(model_.count()));
  for (std::size_t number = 0; number < lots_.size(); ++number) {
    if (!lots_[number].keeps_limits) continue;
    const int above = model_.parts[lots_[number].parts[0]].parent;
    Exchange& sum = sums[model_.parts[static_cast<std::size_t>(above)].pool];
    const LotPlan& plan = plans_[number];
    for (std::size_t t = 0; t < model_.count(); ++t) {
      sum.draw_kw[t] += plan.draw_kw[t];
      for (std::size_t kind = 1; kind < kHeadroomKinds; ++kind) {
        sum.injection_kw[kind][t] += plan.injection_kw[kind][t];
      }
    }
  }
  return sums;
}

std::vector<TreePricing::Exchange> TreePricing::Planned() const {
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

}  // namespace derms::dispatch::fleet
