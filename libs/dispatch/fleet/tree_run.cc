#include "libs/dispatch/fleet/tree_run.h"

#include <algorithm>
#include <cmath>

#include "libs/base/error.h"
#include "libs/dispatch/fleet/grid_bound.h"
#include "libs/dispatch/fleet/pools.h"
#include "libs/dispatch/fleet/tree_mend.h"
#include "libs/dispatch/fleet/tree_pricing.h"
#include "libs/dispatch/fleet/tree_sweep.h"

namespace derms::dispatch::fleet {
namespace {

// Pools share the clusters: there are more than in a region without others below.
ClusterCounts ForTree(const ClusterCounts& flat) {
  return {.storage = 5 * flat.storage / 2,
          .unit = 4 * flat.unit / 3,
          .hydro = 4 * flat.hydro / 3,
          .merit_steps = 2 * flat.merit_steps / 3};
}
// Kept free of an area's limits by the plan, for what its devices miss.
constexpr double kAreaMargin = 0.002;
// Where most devices are in lots right below the root.
constexpr double kMostInLots = 0.9;
constexpr int kPricingRounds = 4;
// After the pass: what devices did, and what follows from it.
constexpr int kLessons = 3, kSweepsPerLesson = 2;
// Prices of a round that prove much less than others did mislead the pass; share of the bound.
constexpr double kNearBest = 1e-3;

// What a kW is worth if only the grid were there: bought where demand exceeds all renewables, sold elsewhere.
TreePrices PlainTreePrices(const RegionModel& model) {
  TreePrices prices(model.parts.size());
  for (std::size_t t = 0; t < model.count(); ++t) {
    double need = -SumOfKinds(model.must_take_kw, t);
    for (const Pool& pool : model.pools) need += pool.demand_kw[t];
    for (const RenewableModel& renewable : model.renewables) {
      need -= model.AvailableKw(*renewable.of, t, renewable.order.capacity_kw());
    }
    prices[0].balance.push_back(model.fleet.hours * (need > 0.0 ? model.region.import_price_usd_per_kwh[t]
                                                                : model.region.export_price_usd_per_kwh[t]));
  }
  return AdmissibleTree(model, std::move(prices));
}

bool HasAreas(const RegionModel& model, const std::vector<Lot>& lots) {
  return std::any_of(lots.begin(), lots.end(),
                     [&](const Lot& lot) { return !lot.keeps_limits && model.parts[lot.parts[0]].parent >= 0; });
}

// Their own programs then know better than the surrogate what the sum can do.
bool IsOfLots(const RegionModel& model, const std::vector<Lot>& lots) {
  double in_lots = 0.0, all = 0.0;
  for (const Lot& lot : lots) {
    const auto devices = static_cast<double>(lot.devices.size());
    all += devices;
    if (lot.keeps_limits && model.parts[lot.parts[0]].parent == 0) in_lots += devices;
  }
  return in_lots > kMostInLots * all;
}

}  // namespace

TreeRun::TreeRun(const Fleet& fleet, const Forest& forest, int root, const SapcOptions& options,
                 FleetSchedule& schedule, SapcReport& report)
    : RootRun(fleet, root, ForTree(options.clusters), options, schedule, report),
      forest_(forest),
      runs_(RunsOf(model_, forest)) {}

ClusterCounts TreeRun::CountsOf(const FinerPass& finer) const {
  return ForTree(finer.clusters);
}

void TreeRun::AnswerAtOnce(Workers& workers, std::vector<ResponseSpace>& spaces) {
  const Clocked clocked(report_.bound_seconds);
  const TreePrices prices = PlainTreePrices(model_);
  const TreeWorth worth(model_, prices);
  (void)Bound(model_, prices, worth, {workers, spaces}, {});
  const std::vector<Lot> lots = MakeLots(model_, forest_, Blocks(1, 0), /*all_below_root=*/true);
  TreePassResult pass = RunLotsPlainly(model_, lots, worth, workers, spaces, schedule_);
  Adopt(model_, pass, worth, 0.0, workers, {});
}

absl::Status TreeRun::Coordinate(Workers& workers, std::vector<ResponseSpace>& spaces, const EngineLimits& limits) {
  RETURN_IF_ERROR(RunPass(model_, options_.anchor, workers, spaces, limits));
  if (!of_lots_) Polish(workers, spaces, limits);
  return absl::OkStatus();
}

absl::Status TreeRun::RunPass(const RegionModel& model, const AnchorOptions& anchor, Workers& workers,
                              std::vector<ResponseSpace>& spaces, const EngineLimits& limits) {
  const Threads threads{workers, spaces};
  std::vector<Lot> lots = MakeLots(model, forest_, Blocks(anchor.equal_blocks, anchor.tail_blocks),
                                   /*all_below_root=*/false);
  of_lots_ = IsOfLots(model, lots);
  if (of_lots_)
    lots = MakeLots(model, forest_, Blocks(1, 0), /*all_below_root=*/false);  // each follows its own program
  Surrogate surrogate(model);
  TreePricing pricing(model, forest_, lots, surrogate);
  {
    const Clocked clocked(report_.surrogate_seconds);
    RETURN_IF_ERROR(surrogate.Solve(limits));
  }
  Priced good;
  RETURN_IF_ERROR(Price(model, of_lots_ ? kPricingRounds : 1, pricing, good, threads, limits));
  for (const LotPlan& plan : good.plans) report_.priced_lots += plan.was_asked() ? 1 : 0;
  AnchorOptions how = anchor;
  if (HasAreas(model, lots)) how.import_margin = std::max(how.import_margin, kAreaMargin);
  const Clocked clocked(report_.anchored_seconds);
  const TreeWorth worth(model, good.prices);
  std::optional<Kept> kept;
  if (has_schedule_) kept = Keep();
  absl::StatusOr<TreePassResult> pass =
      RunTreePass(model, how, lots, good.plans, worth, surrogate, workers, spaces, schedule_, limits);
  report_.simplex_iterations += surrogate.iterations();
  const double level_kw = surrogate.level_kw();
  if (pass.ok()) Adopt(model, *pass, worth, level_kw, workers, limits);
  if (kept && (!pass.ok() || kept->IsBetterThan(*this))) {
    Restore(*std::move(kept));
  } else if (pass.ok() && of_lots_) {
    Improve(model, how, lots, pricing, std::move(good), level_kw, *std::move(pass), threads, limits);
  }
  return pass.status();
}

absl::Status TreeRun::Price(const RegionModel& model, int rounds, TreePricing& pricing, Priced& good, Threads threads,
                            const EngineLimits& limits) {
  for (int round = 0; round < rounds; ++round) {
    {
      const Clocked clocked(report_.surrogate_seconds);
      RETURN_IF_ERROR(pricing.Next(threads.workers, limits));
    }
    const Clocked clocked(report_.bound_seconds);
    ASSIGN_OR_RETURN(const double bound,
                     Bound(model, pricing.prices(), TreeWorth(model, pricing.prices()), threads, limits));
    const bool is_near = bound >= lower_bound_usd_ - kNearBest * std::abs(lower_bound_usd_);
    if (is_near || good.prices.empty()) good = {pricing.prices(), pricing.plans()};
  }
  return absl::OkStatus();
}

void TreeRun::Improve(const RegionModel& model, const AnchorOptions& anchor, const std::vector<Lot>& lots,
                      TreePricing& pricing, Priced good, double level_kw, TreePassResult pass, Threads threads,
                      const EngineLimits& limits) {
  Kept best = Keep();
  for (int lesson = 0; lesson <= kLessons && !limits.Stop(); ++lesson) {
    if (lesson > 0) {
      pricing.Learn(pass.injection_kw);
      if (!Price(model, 1, pricing, good, threads, limits).ok()) break;
    }
    const TreeWorth worth(model, good.prices);
    for (int sweep = 0; sweep < kSweepsPerLesson && !limits.Stop(); ++sweep) {
      SweepLots(model, anchor, lots, good.prices, worth, balance_, threads.workers, threads.spaces, limits, schedule_,
                pass);
      Adopt(model, pass, worth, level_kw, threads.workers, limits);
      if (!best.IsBetterThan(*this)) best = Keep();
    }
  }
  Restore(std::move(best));
}

absl::StatusOr<double> TreeRun::Bound(const RegionModel& model, const TreePrices& prices, const TreeWorth& worth,
                                      Threads threads, const EngineLimits& limits) {
  ASSIGN_OR_RETURN(const double value, RespondInTree(model, runs_, worth, threads.workers, threads.spaces, limits));
  const double bound = value + GridBound(model, prices, worth);
  if (bound <= lower_bound_usd_) return bound;
  lower_bound_usd_ = bound;
  for (std::size_t p = 0; p < model.parts.size(); ++p) {
    schedule_.prices[static_cast<std::size_t>(model.parts[p].region)] = prices[p];
  }
  return bound;
}

void TreeRun::Adopt(const RegionModel& model, TreePassResult& pass, const TreeWorth& worth, double level_kw,
                    Workers& workers, const EngineLimits& limits) {
  const auto balance = [&] {
    balance_ = BalanceTree(model, pass.injection_kw, worth, level_kw, schedule_.renewable_taken_kw, workers);
  };
  balance();
  if (!balance_.balanced) {
    MendTree(model, runs_, limits, schedule_, pass);
    balance();
  }
  for (std::size_t p = 0; p < model.parts.size(); ++p) {
    schedule_.regions[static_cast<std::size_t>(model.parts[p].region)] = balance_.flows[p];
  }
  cost_usd_ = pass.cost_usd + balance_.cost_usd;
  balanced_ = balance_.balanced;
  has_schedule_ = true;
}

}  // namespace derms::dispatch::fleet
