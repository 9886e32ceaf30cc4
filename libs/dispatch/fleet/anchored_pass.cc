#include "libs/dispatch/fleet/anchored_pass.h"

#include <algorithm>
#include <cmath>

#include "libs/base/error.h"
#include "libs/dispatch/fleet/blocks.h"
#include "libs/dispatch/fleet/grid_bound.h"

namespace derms::dispatch::fleet {
namespace {

// What one cluster's devices of one block did.
struct BlockPart {
  Series power_kw, missed_kw;  // missed: plan - power
  double cost_usd = 0.0;
};

class Pass {
 public:
  Pass(const RegionModel& model, const AnchorOptions& options, const RegionPrices& first, Surrogate& surrogate,
       Workers& workers, std::vector<ResponseSpace>& spaces, FleetSchedule& schedule)
      : model_(model),
        options_(options),
        surrogate_(surrogate),
        workers_(workers),
        spaces_(spaces),
        schedule_(schedule),
        blocks_(options.equal_blocks, options.tail_blocks),
        members_(model.clusters.size()),
        remaining_(model.clusters.size()),
        plan_(model.clusters.size(), Series(model.count())) {
    for (std::size_t kind = 0; kind < kHeadroomKinds; ++kind) {
      first_worth_[kind] = WorthOf(first, static_cast<Headroom>(kind), model.count());
    }
    result_.injection_kw = NoInjection(model.count());
    result_.clusters.resize(model.clusters.size());
    for (ClusterResponse& cluster : result_.clusters) cluster.power_kw.assign(model.count(), 0.0);
    SplitIntoBlocks();
  }

  absl::StatusOr<AnchoredResult> Run(const EngineLimits& limits) {
    for (int block = 0; block < blocks_.count(); ++block) {
      if (block > 0) RETURN_IF_ERROR(surrogate_.SolveRemaining(result_.injection_kw, Shares(), limits));
      if (limits.Stop()) return base::DeadlineExceeded("STOPPED", "the anchored pass was stopped");
      Prepare();
      RunBlock(static_cast<std::size_t>(block));
    }
    return std::move(result_);
  }

 private:
  struct Members {
    std::vector<std::vector<std::uint32_t>> of_block;
    double size = 0.0;
  };

  void SplitIntoBlocks() {
    for (std::size_t k = 0; k < model_.clusters.size(); ++k) {
      const Cluster& cluster = model_.clusters[k];
      members_[k].of_block.resize(static_cast<std::size_t>(blocks_.count()));
      for (std::uint32_t i = cluster.begin; i < cluster.end; ++i) {
        members_[k].of_block[static_cast<std::size_t>(blocks_.BlockOf(i))].push_back(i);
        members_[k].size += DeviceSize(model_.fleet, cluster.kind, i);
      }
      remaining_[k] = members_[k].size;
    }
  }

  std::vector<double> Shares() const {
    std::vector<double> shares;
    for (std::size_t k = 0; k < members_.size(); ++k) {
      shares.push_back(members_[k].size > 0.0 ? std::max(remaining_[k] / members_[k].size, 0.0) : 0.0);
    }
    return shares;
  }

  // Prices and plan of the surrogate for what remains.
  void Prepare() {
    const RegionPrices prices = Admissible(model_, surrogate_.Prices());
    for (std::size_t kind = 0; kind < kHeadroomKinds; ++kind) {
      worth_[kind] = WorthOf(prices, static_cast<Headroom>(kind), model_.count());
      for (std::size_t t = 0; t < model_.count(); ++t) {
        worth_[kind][t] =
            options_.newest_price_share * worth_[kind][t] + (1.0 - options_.newest_price_share) * first_worth_[kind][t];
      }
    }
    for (std::size_t k = 0; k < plan_.size(); ++k) surrogate_.Plan(k, plan_[k]);
  }

  void RunBlock(std::size_t block) {
    std::vector<std::size_t> firm, storage;
    double storage_size = 0.0;
    for (std::size_t k = 0; k < model_.clusters.size(); ++k) {
      if (members_[k].of_block[block].empty()) continue;
      const bool stores = model_.clusters[k].kind == DeviceKind::kStorage;
      (stores ? storage : firm).push_back(k);
      if (stores) storage_size += remaining_[k];
    }
    Series missed(model_.count(), 0.0);
    for (const BlockPart& part : RunClusters(block, firm, missed, 0.0)) {
      for (std::size_t t = 0; t < model_.count(); ++t) missed[t] += part.missed_kw[t];
    }
    RunClusters(block, storage, missed, storage_size);
    for (std::size_t k = 0; k < model_.clusters.size(); ++k) {
      for (std::uint32_t i : members_[k].of_block[block]) {
        remaining_[k] -= DeviceSize(model_.fleet, model_.clusters[k].kind, i);
      }
    }
  }

  // Each cluster makes up for its part of what is missed, by size.
  std::vector<BlockPart> RunClusters(std::size_t block, const std::vector<std::size_t>& clusters, const Series& missed,
                                     double total_size) {
    std::vector<BlockPart> parts(clusters.size());
    workers_.Run(clusters.size(), [&](std::size_t number, std::size_t worker) {
      const std::size_t k = clusters[number];
      BlockPart& part = parts[number];
      part.power_kw.assign(model_.count(), 0.0);
      part.missed_kw = missed;
      const double share = total_size > 0.0 ? remaining_[k] / total_size : 0.0;
      for (double& kw : part.missed_kw) kw *= share;
      for (std::uint32_t i : members_[k].of_block[block]) RunDevice(k, i, spaces_[worker], part);
    });
    for (std::size_t number = 0; number < clusters.size(); ++number) Collect(clusters[number], parts[number]);
    return parts;
  }

  void RunDevice(std::size_t k, std::uint32_t i, ResponseSpace& space, BlockPart& part) {
    const Cluster& cluster = model_.clusters[k];
    const Series& worth = worth_[cluster.headroom];
    const double share = remaining_[k] > 0.0 ? DeviceSize(model_.fleet, cluster.kind, i) / remaining_[k] : 0.0;
    const double rho = model_.fleet.hours * options_.rho_usd_per_kwh, gain = 1.0 / options_.diffusion_devices;
    const bool stores = cluster.kind == DeviceKind::kStorage;
    for (std::size_t t = 0; t < model_.count(); ++t) {
      space.wish_kw[t] = share * plan_[k][t] + (stores ? gain * part.missed_kw[t] : 0.0);
    }
    switch (cluster.kind) {
      case DeviceKind::kStorage:
        part.cost_usd += space.storage.SolveNear(StorageTerms::Of(model_.fleet.storages, i), worth, space.wish_kw, rho,
                                                 space.power_kw);
        break;
      case DeviceKind::kUnit:
        part.cost_usd += space.unit.Solve(UnitTerms::Of(model_.fleet.units, i), worth, space.power_kw);
        break;
      case DeviceKind::kHydro:
        part.cost_usd +=
            space.hydro.SolveNear(HydroTerms::Of(model_.fleet, i), worth, space.wish_kw, rho, space.power_kw);
        break;
    }
    const std::span<float> to = PowersOf(schedule_, cluster.kind, i, model_.count());
    for (std::size_t t = 0; t < model_.count(); ++t) {
      const double power = space.power_kw[t];
      part.power_kw[t] += power;
      part.missed_kw[t] += share * plan_[k][t] - power;
      to[t] = static_cast<float>(power);
    }
  }

  void Collect(std::size_t k, const BlockPart& part) {
    Series& injection = result_.injection_kw[model_.clusters[k].headroom];
    for (std::size_t t = 0; t < model_.count(); ++t) {
      injection[t] += part.power_kw[t];
      result_.clusters[k].power_kw[t] += part.power_kw[t];
    }
    result_.clusters[k].cost_usd += part.cost_usd;
    result_.cost_usd += part.cost_usd;
  }

  const RegionModel& model_;
  const AnchorOptions& options_;
  Surrogate& surrogate_;
  Workers& workers_;
  std::vector<ResponseSpace>& spaces_;
  FleetSchedule& schedule_;
  const Blocks blocks_;
  std::vector<Members> members_;   // by cluster
  std::vector<double> remaining_;  // size not yet scheduled, by cluster
  std::vector<Series> plan_;       // of the remaining size, by cluster
  std::array<Series, kHeadroomKinds> first_worth_, worth_;
  AnchoredResult result_;
};

}  // namespace

absl::StatusOr<AnchoredResult> AnchoredPass(const RegionModel& model, const AnchorOptions& options,
                                            const RegionPrices& first, Surrogate& surrogate, Workers& workers,
                                            std::vector<ResponseSpace>& spaces, const EngineLimits& limits,
                                            FleetSchedule& schedule) {
  return Pass(model, options, first, surrogate, workers, spaces, schedule).Run(limits);
}

}  // namespace derms::dispatch::fleet
