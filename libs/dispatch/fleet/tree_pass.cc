#include "libs/dispatch/fleet/tree_pass.h"

#include <algorithm>

#include "libs/base/error.h"

namespace derms::dispatch::fleet {
namespace {

// Prices of the last few lots' program jump to what shedding costs; devices must not.
constexpr double kMostNewsUsdPerKwh = 0.05;
constexpr double kLeastSize = 1e-9;  // remaining, relative to all: below is rounding

class TreePass {
 public:
  TreePass(const RegionModel& model, const AnchorOptions& options, const std::vector<Lot>& lots, const TreeWorth& worth,
           Workers& workers, std::vector<ResponseSpace>& spaces, FleetSchedule& schedule)
      : model_(model),
        options_(options),
        lots_(lots),
        worth_(worth),
        workers_(workers),
        spaces_(spaces),
        schedule_(schedule) {
    result_.injection_kw.assign(model.parts.size(), NoInjection(model.count()));
  }

  TreePassResult RunPlainly() {
    std::vector<std::size_t> all(lots_.size());
    for (std::size_t number = 0; number < all.size(); ++number) all[number] = number;
    RunLots(all, {.worth = &worth_});
    return std::move(result_);
  }

  absl::StatusOr<TreePassResult> Run(Surrogate& surrogate, const std::vector<LotPlan>& plans,
                                     const EngineLimits& limits) {
    plans_ = &plans;
    MeasureClusters();
    first_kw_per_size_ = PlanPerSize(surrogate);
    settled_kw_.assign(model_.pools.size(), NoInjection(model_.count()));
    first_ = WorthOfPools(surrogate);
    std::vector<std::vector<std::size_t>> blocks;
    for (std::size_t number = 0; number < lots_.size(); ++number) {
      blocks.resize(std::max(blocks.size(), lots_[number].block + 1));
      blocks[lots_[number].block].push_back(number);
    }
    bool is_first = options_.import_margin <= 0.0;
    for (const std::vector<std::size_t>& block : blocks) {
      if (block.empty()) continue;
      if (!is_first) {
        RETURN_IF_ERROR(surrogate.SolveRemaining(settled_kw_, Shares(), 1.0 - options_.import_margin, limits));
      }
      is_first = false;
      if (limits.Stop()) return base::DeadlineExceeded("STOPPED", "the pass over the lots was stopped");
      Prepare(surrogate);
      RunLots(
          block,
          {.worth = &worth_, .kw_per_size = &kw_per_size_, .first_kw_per_size = &first_kw_per_size_, .news = &news_});
    }
    return std::move(result_);
  }

 private:
  using PoolWorth = std::vector<std::array<Series, kHeadroomKinds>>;

  void MeasureClusters() {
    for (const Cluster& cluster : model_.clusters) {
      double size = 0.0;
      for (std::uint32_t at = cluster.begin; at < cluster.end; ++at) {
        size += DeviceSize(model_.fleet, cluster.kind, cluster.Device(at));
      }
      size_.push_back(size);
    }
    remaining_ = size_;
  }

  std::vector<Series> PlanPerSize(const Surrogate& surrogate) const {
    std::vector<Series> plan(size_.size(), Series(model_.count()));
    for (std::size_t k = 0; k < plan.size(); ++k) {
      surrogate.Plan(k, plan[k]);
      for (double& kw : plan[k]) kw = remaining_[k] > kLeastSize * size_[k] ? kw / remaining_[k] : 0.0;
    }
    return plan;
  }

  std::vector<double> Shares() const {
    std::vector<double> shares;
    for (std::size_t k = 0; k < size_.size(); ++k) {
      shares.push_back(size_[k] > 0.0 ? std::max(remaining_[k] / size_[k], 0.0) : 0.0);
    }
    return shares;
  }

  // As TreeWorth, of pools.
  PoolWorth WorthOfPools(const Surrogate& surrogate) const {
    PoolWorth worth(model_.pools.size());
    for (std::size_t pool = 0; pool < worth.size(); ++pool) {
      const RegionPrices prices = pool == 0 ? surrogate.Prices() : surrogate.PricesOfPool(pool);
      for (std::size_t kind = 0; kind < kHeadroomKinds; ++kind) {
        worth[pool][kind] = WorthOf(prices, static_cast<Headroom>(kind), model_.count());
        if (pool == 0) continue;
        const Series& above = worth[static_cast<std::size_t>(model_.pools[pool].parent)][kind];
        for (std::size_t t = 0; t < model_.count(); ++t) {
          worth[pool][kind][t] += above[t] + prices.import_limit[t] - prices.export_limit[t];
        }
      }
    }
    return worth;
  }

  // Plan of the surrogate for what remains, and how its prices have moved.
  void Prepare(const Surrogate& surrogate) {
    news_ = WorthOfPools(surrogate);
    const double most = model_.fleet.hours * kMostNewsUsdPerKwh;
    for (std::size_t pool = 0; pool < news_.size(); ++pool) {
      for (std::size_t kind = 0; kind < kHeadroomKinds; ++kind) {
        for (std::size_t t = 0; t < model_.count(); ++t) {
          double& moved = news_[pool][kind][t];
          moved = std::clamp(options_.newest_price_share * (moved - first_[pool][kind][t]), -most, most);
        }
      }
    }
    kw_per_size_ = PlanPerSize(surrogate);
  }

  void RunLots(const std::vector<std::size_t>& numbers, const LotGuide& guide) {
    const LotOptions how{options_.rho_usd_per_kwh, options_.diffusion_devices};
    std::vector<LotResult> results(numbers.size());
    workers_.Run(numbers.size(), [&](std::size_t k, std::size_t worker) {
      LotGuide of_lot = guide;
      if (plans_ != nullptr) of_lot.own = &(*plans_)[numbers[k]];
      results[k] = RunLot(model_, lots_[numbers[k]], how, of_lot, spaces_[worker], schedule_);
    });
    for (std::size_t k = 0; k < numbers.size(); ++k) Enter(lots_[numbers[k]], results[k]);
  }

  void Enter(const Lot& lot, const LotResult& lot_result) {
    result_.cost_usd += lot_result.cost_usd;
    for (std::size_t place = 0; place < lot.parts.size(); ++place) {
      const std::size_t part = lot.parts[place], pool = model_.parts[part].pool;
      for (std::size_t kind = 0; kind < kHeadroomKinds; ++kind) {
        const Series& from = lot_result.injection_kw[place][kind];
        for (std::size_t t = 0; t < model_.count(); ++t) {
          result_.injection_kw[part][kind][t] += from[t];
          if (!settled_kw_.empty()) settled_kw_[pool][kind][t] += from[t];
        }
      }
    }
    if (remaining_.empty()) return;
    for (const LotDevice& device : lot.devices) {
      remaining_[device.cluster] -= DeviceSize(model_.fleet, device.kind, device.index);
    }
  }

  const RegionModel& model_;
  const AnchorOptions& options_;
  const std::vector<Lot>& lots_;
  const TreeWorth& worth_;
  Workers& workers_;
  std::vector<ResponseSpace>& spaces_;
  FleetSchedule& schedule_;
  std::vector<double> size_, remaining_;  // of all devices and of those not yet scheduled, by cluster
  const std::vector<LotPlan>* plans_ = nullptr;
  std::vector<Series> first_kw_per_size_, kw_per_size_;  // of the surrogate's plan, by cluster
  std::vector<Injection> settled_kw_;                    // by pool
  PoolWorth first_, news_;
  TreePassResult result_;
};

}  // namespace

TreePassResult RunLotsPlainly(const RegionModel& model, const std::vector<Lot>& lots, const TreeWorth& worth,
                              Workers& workers, std::vector<ResponseSpace>& spaces, FleetSchedule& schedule) {
  const AnchorOptions unused;
  return TreePass(model, unused, lots, worth, workers, spaces, schedule).RunPlainly();
}

absl::StatusOr<TreePassResult> RunTreePass(const RegionModel& model, const AnchorOptions& options,
                                           const std::vector<Lot>& lots, const std::vector<LotPlan>& plans,
                                           const TreeWorth& worth, Surrogate& surrogate, Workers& workers,
                                           std::vector<ResponseSpace>& spaces, FleetSchedule& schedule,
                                           const EngineLimits& limits) {
  return TreePass(model, options, lots, worth, workers, spaces, schedule).Run(surrogate, plans, limits);
}

}  // namespace derms::dispatch::fleet
