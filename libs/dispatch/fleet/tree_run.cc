#include "libs/dispatch/fleet/tree_run.h"

#include <algorithm>
#include <cmath>

#include "libs/base/error.h"
#include "libs/dispatch/fleet/grid_bound.h"
#include "libs/dispatch/fleet/pools.h"
#include "libs/dispatch/fleet/region_run.h"
#include "libs/dispatch/fleet/tree_mend.h"
#include "libs/dispatch/fleet/tree_pricing.h"
#include "libs/dispatch/fleet/tree_sweep.h"

namespace derms::dispatch::fleet {
namespace {

// Pools share the clusters.
constexpr ClusterCounts kTreeClusters{.storage = 20, .unit = 16, .hydro = 8, .merit_steps = 4};
// Kept free of an area's limits by the plan, for what its devices miss.
constexpr double kAreaMargin = 0.002;
// Where most devices are in lots right below the root.
constexpr double kMostInLots = 0.9;
constexpr int kPricingRounds = 6, kSweeps = 6;

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
    : forest_(forest),
      options_(options),
      schedule_(schedule),
      report_(report),
      model_(fleet, root, kTreeClusters),
      runs_(RunsOf(model_, forest)) {}

void TreeRun::AnswerAtOnce(Workers& workers, std::vector<ResponseSpace>& spaces) {
  const double start = ThreadSeconds();
  const TreePrices prices = PlainTreePrices(model_);
  const TreeWorth worth(model_, prices);
  (void)Bound(model_, prices, worth, {workers, spaces}, {});
  const std::vector<Lot> lots = MakeLots(model_, forest_, Blocks(1, 0), /*all_below_root=*/true);
  TreePassResult pass = RunLotsPlainly(model_, lots, worth, workers, spaces, schedule_);
  Adopt(model_, pass, worth, 0.0, workers, {});
  report_.bound_seconds += ThreadSeconds() - start;
}

absl::Status TreeRun::Coordinate(Workers& workers, std::vector<ResponseSpace>& spaces, const EngineLimits& limits) {
  return Pass(model_, options_.anchor, {workers, spaces}, limits);
}

absl::Status TreeRun::Pass(const RegionModel& model, const AnchorOptions& anchor, Threads threads,
                           const EngineLimits& limits) {
  double start = ThreadSeconds();
  const auto clock = [&start](double& sum) {
    const double now = ThreadSeconds();
    sum += now - start;
    start = now;
  };
  std::vector<Lot> lots =
      MakeLots(model, forest_, Blocks(anchor.equal_blocks, anchor.tail_blocks), /*all_below_root=*/false);
  const bool of_lots = IsOfLots(model, lots);
  if (of_lots) lots = MakeLots(model, forest_, Blocks(1, 0), /*all_below_root=*/false);  // each follows its own program
  clock(report_.model_seconds);
  Surrogate surrogate(model);
  RETURN_IF_ERROR(surrogate.Solve(limits));
  const auto bound = [&](const TreePrices& prices) {
    clock(report_.surrogate_seconds);
    const absl::Status end = Bound(model, prices, TreeWorth(model, prices), threads, limits);
    clock(report_.bound_seconds);
    return end;
  };
  ASSIGN_OR_RETURN(const PricedTree priced, PriceTree(model, forest_, lots, of_lots ? kPricingRounds : 1, surrogate,
                                                      threads.workers, limits, bound));
  for (const LotPlan& plan : priced.plans) report_.priced_lots += plan.kw_per_size.empty() ? 0 : 1;
  const TreeWorth worth(model, priced.prices);
  std::optional<Kept> kept;
  if (has_schedule_) kept = Keep();
  AnchorOptions how = anchor;
  if (HasAreas(model, lots)) how.import_margin = std::max(how.import_margin, kAreaMargin);
  absl::StatusOr<TreePassResult> pass =
      RunTreePass(model, how, lots, priced.plans, worth, surrogate, threads.workers, threads.spaces, schedule_, limits);
  report_.simplex_iterations += surrogate.iterations();
  if (pass.ok()) Adopt(model, *pass, worth, surrogate.level_kw(), threads.workers, limits);
  if (kept && (!pass.ok() || !balanced_ || (kept->balanced && cost_usd_ > kept->cost_usd))) {
    Restore(*std::move(kept));
  } else if (pass.ok() && of_lots) {
    Sweep(model, how, lots, priced.prices, worth, surrogate.level_kw(), *std::move(pass), threads, limits);
  }
  clock(report_.anchored_seconds);
  return pass.status();
}

void TreeRun::Sweep(const RegionModel& model, const AnchorOptions& anchor, const std::vector<Lot>& lots,
                    const TreePrices& prices, const TreeWorth& worth, double level_kw, TreePassResult pass,
                    Threads threads, const EngineLimits& limits) {
  std::optional<Kept> best;
  for (int sweep = 0; sweep < kSweeps && !limits.Stop(); ++sweep) {
    if (!best || (balanced_ && cost_usd_ < best->cost_usd)) best = Keep();
    SweepLots(model, anchor, lots, prices, worth, balance_, threads.workers, threads.spaces, limits, schedule_, pass);
    Adopt(model, pass, worth, level_kw, threads.workers, limits);
  }
  if (best && ((best->balanced && !balanced_) || cost_usd_ > best->cost_usd)) Restore(*std::move(best));
}

absl::Status TreeRun::Bound(const RegionModel& model, const TreePrices& prices, const TreeWorth& worth, Threads threads,
                            const EngineLimits& limits) {
  ASSIGN_OR_RETURN(const double value, RespondInTree(model, runs_, worth, threads.workers, threads.spaces, limits));
  const double bound = value + GridBound(model, prices, worth);
  if (bound <= lower_bound_usd_) return absl::OkStatus();
  lower_bound_usd_ = bound;
  for (std::size_t p = 0; p < model.parts.size(); ++p) {
    schedule_.prices[static_cast<std::size_t>(model.parts[p].region)] = prices[p];
  }
  return absl::OkStatus();
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

TreeRun::Kept TreeRun::Keep() const {
  Kept kept{{}, {}, {}, cost_usd_, balanced_};
  for (const DeviceRun& run : runs_) {
    for (std::size_t i = run.begin; i < run.end; ++i) {
      const std::span<const float> powers = PowersOf(schedule_, run.kind, i, model_.count());
      kept.powers_kw.insert(kept.powers_kw.end(), powers.begin(), powers.end());
    }
  }
  for (const RenewableModel& renewable : model_.renewables) {
    const auto from =
        schedule_.renewable_taken_kw.begin() + static_cast<std::ptrdiff_t>(renewable.index * model_.count());
    kept.taken_kw.emplace_back(from, from + static_cast<std::ptrdiff_t>(model_.count()));
  }
  for (const RegionPart& part : model_.parts) {
    kept.flows.push_back(schedule_.regions[static_cast<std::size_t>(part.region)]);
  }
  return kept;
}

void TreeRun::Restore(Kept kept) {
  auto from = kept.powers_kw.begin();
  for (const DeviceRun& run : runs_) {
    for (std::size_t i = run.begin; i < run.end; ++i) {
      const std::span<float> powers = PowersOf(schedule_, run.kind, i, model_.count());
      std::copy_n(from, powers.size(), powers.begin());
      from += static_cast<std::ptrdiff_t>(powers.size());
    }
  }
  for (std::size_t r = 0; r < model_.renewables.size(); ++r) {
    std::copy(kept.taken_kw[r].begin(), kept.taken_kw[r].end(),
              schedule_.renewable_taken_kw.begin() +
                  static_cast<std::ptrdiff_t>(model_.renewables[r].index * model_.count()));
  }
  for (std::size_t p = 0; p < model_.parts.size(); ++p) {
    schedule_.regions[static_cast<std::size_t>(model_.parts[p].region)] = std::move(kept.flows[p]);
  }
  cost_usd_ = kept.cost_usd;
  balanced_ = kept.balanced;
}

}  // namespace derms::dispatch::fleet
