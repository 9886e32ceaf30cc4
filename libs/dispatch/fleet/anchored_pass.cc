#include "libs/dispatch/fleet/anchored_pass.h"

#include <algorithm>
#include <cmath>

#include "libs/base/error.h"
#include "libs/dispatch/fleet/grid_bound.h"

namespace derms::dispatch::fleet {
AnchoredPass::AnchoredPass(const RegionModel& model, const AnchorOptions& options, const RegionPrices& first,
                           Surrogate& surrogate, Workers& workers, std::vector<ResponseSpace>& spaces,
                           FleetSchedule& schedule, const PlanKeeper* keeper)
    : model_(model),
      options_(options),
      surrogate_(surrogate),
      workers_(workers),
      spaces_(spaces),
      schedule_(schedule),
      keeper_(keeper),
      blocks_(options.equal_blocks, options.tail_blocks),
      size_(model.clusters.size(), 0.0),
      plan_(model.clusters.size(), Series(model.count())) {
  for (std::size_t kind = 0; kind < kHeadroomKinds; ++kind) {
    first_worth_[kind] = WorthOf(first, static_cast<Headroom>(kind), model.count());
  }
  result_.injection_kw = NoInjection(model.count());
  if (AsksForBacking(model.fleet, model.region)) {
    result_.unbacked = Unbacked::None(model.count());
    first_headroom_ = {first.reserve_up, first.reserve_down};
  }
  SplitIntoBlocks();
}

void AnchoredPass::SplitIntoBlocks() {
  parts_.resize(model_.clusters.size() * blocks());
  for (Part& part : parts_) part.power_kw.assign(model_.count(), 0.0);
  for (std::size_t k = 0; k < model_.clusters.size(); ++k) {
    const Cluster& cluster = model_.clusters[k];
    const std::vector<std::size_t> block_of = BlocksOf(k);
    for (std::uint32_t i = cluster.begin; i < cluster.end; ++i) {
      Part& part = PartOf(k, block_of[i - cluster.begin]);
      const double size = DeviceSize(model_.fleet, cluster.kind, i);
      part.devices.push_back(i);
      part.size += size;
      size_[k] += size;
    }
  }
  remaining_ = size_;
}

std::vector<std::size_t> AnchoredPass::BlocksOf(std::size_t k) const {
  const Cluster& cluster = model_.clusters[k];
  std::vector<std::size_t> block_of;
  block_of.reserve(cluster.end - cluster.begin);
  if (options_.turn.share.empty()) {
    for (std::uint32_t i = cluster.begin; i < cluster.end; ++i) {
      block_of.push_back(static_cast<std::size_t>(blocks_.BlockOf(i)));
    }
    return block_of;
  }
  Series sizes;
  for (std::uint32_t i = cluster.begin; i < cluster.end; ++i) {
    sizes.push_back(DeviceSize(model_.fleet, cluster.kind, i));
  }
  std::uint32_t solved = 0, kept = 0;
  for (const bool in_turn : SampleBySize(sizes, options_.turn.share[k], options_.turn.first)) {
    block_of.push_back(in_turn ? blocks_before() + static_cast<std::size_t>(blocks_.BlockOf(solved++))
                               : static_cast<std::size_t>(Blocks::PlaceOf(kept++) * options_.turn.blocks_before));
  }
  return block_of;
}

absl::Status AnchoredPass::Run(const EngineLimits& limits) {
  for (std::size_t block = 0; block < blocks(); ++block) {
    if (block > 0 || options_.import_margin > 0.0) {
      RETURN_IF_ERROR(surrogate_.SolveRemaining(result_.injection_kw, result_.unbacked, Shares(),
                                                1.0 - options_.import_margin, limits));
    }
    if (limits.Stop()) return base::DeadlineExceeded("STOPPED", "the anchored pass was stopped");
    Prepare();
    RunBlock(block);
  }
  return absl::OkStatus();
}

std::vector<double> AnchoredPass::Shares() const {
  std::vector<double> shares;
  for (std::size_t k = 0; k < size_.size(); ++k) {
    shares.push_back(size_[k] > 0.0 ? std::max(remaining_[k] / size_[k], 0.0) : 0.0);
  }
  return shares;
}

// Prices and plan of the surrogate for what remains.
void AnchoredPass::Prepare() {
  const RegionPrices prices = Admissible(model_, surrogate_.Prices());
  for (std::size_t kind = 0; kind < kHeadroomKinds; ++kind) {
    worth_[kind] = WorthOf(prices, static_cast<Headroom>(kind), model_.count());
    for (std::size_t t = 0; t < model_.count(); ++t) {
      worth_[kind][t] =
          options_.newest_price_share * worth_[kind][t] + (1.0 - options_.newest_price_share) * first_worth_[kind][t];
    }
  }
  for (std::size_t k = 0; k < plan_.size(); ++k) surrogate_.Plan(k, plan_[k]);
  headroom_ = {prices.reserve_up, prices.reserve_down};
  for (std::size_t way = 0; way < headroom_.size(); ++way) {
    for (std::size_t t = 0; t < headroom_[way].size(); ++t) {
      headroom_[way][t] = options_.newest_price_share * headroom_[way][t] +
                          (1.0 - options_.newest_price_share) * At(first_headroom_[way], t);
    }
  }
}

void AnchoredPass::RunBlock(std::size_t block) {
  std::vector<std::size_t> firm, storage;
  double storage_size = 0.0;
  for (std::size_t k = 0; k < model_.clusters.size(); ++k) {
    if (PartOf(k, block).devices.empty()) continue;
    const bool stores = model_.clusters[k].kind == DeviceKind::kStorage;
    (stores ? storage : firm).push_back(k);
    if (stores) storage_size += remaining_[k];
  }
  const Series missed = RunClusters(block, firm, Series(model_.count(), 0.0), 0.0);
  RunClusters(block, storage, missed, storage_size);
  for (std::size_t k = 0; k < model_.clusters.size(); ++k) remaining_[k] -= PartOf(k, block).size;
}

// Each cluster makes up for its part of what is missed, by size; returns what they miss together, plan - power.
Series AnchoredPass::RunClusters(std::size_t block, const std::vector<std::size_t>& clusters, const Series& missed,
                                 double total_size) {
  std::vector<Series> missed_by(clusters.size(), missed);
  workers_.Run(clusters.size(), [&](std::size_t number, std::size_t worker) {
    const std::size_t k = clusters[number];
    Part& part = PartOf(k, block);
    part.power_kw.assign(model_.count(), 0.0);
    if (backs()) part.unbacked = Unbacked::None(model_.count());
    part.cost_usd = 0.0;
    const double share = total_size > 0.0 ? remaining_[k] / total_size : 0.0;
    for (double& kw : missed_by[number]) kw *= share;
    const bool keeps = block < blocks_before();
    for (std::uint32_t i : part.devices) RunDevice(k, i, keeps, spaces_[worker], part, missed_by[number]);
  });
  Series sum(model_.count(), 0.0);
  for (std::size_t number = 0; number < clusters.size(); ++number) {
    Enter(clusters[number], PartOf(clusters[number], block));
    for (std::size_t t = 0; t < model_.count(); ++t) sum[t] += missed_by[number][t];
  }
  return sum;
}

void AnchoredPass::RunDevice(std::size_t k, std::uint32_t i, bool keeps, ResponseSpace& space, Part& part,
                             Series& missed) {
  const Cluster& cluster = model_.clusters[k];
  const Series& worth = worth_[cluster.headroom];
  const double share = remaining_[k] > 0.0 ? DeviceSize(model_.fleet, cluster.kind, i) / remaining_[k] : 0.0;
  const double gain = 1.0 / options_.diffusion_devices;
  const bool stores = cluster.kind == DeviceKind::kStorage;
  for (std::size_t t = 0; t < model_.count(); ++t) {
    space.wish_kw[t] = share * plan_[k][t] + (stores ? gain * missed[t] : 0.0);
  }
  if (stores && backs()) {
    part.cost_usd += AnswerBacked(cluster.headroom, i, space, part.unbacked);
  } else {
    part.cost_usd += keeps ? AnswerAfterPlan(cluster.kind, i, worth, space) : Answer(cluster.kind, i, worth, space);
  }
  const std::span<float> to = PowersOf(schedule_, cluster.kind, i, model_.count());
  for (std::size_t t = 0; t < model_.count(); ++t) {
    const double power = space.power_kw[t];
    part.power_kw[t] += power;
    missed[t] += share * plan_[k][t] - power;
    to[t] = static_cast<float>(power);
  }
}

double AnchoredPass::Answer(DeviceKind kind, std::size_t i, const Series& worth, ResponseSpace& space) const {
  const Fleet& fleet = model_.fleet;
  const double rho = fleet.hours * options_.rho_usd_per_kwh, unit_rho = fleet.hours * options_.unit_rho_usd_per_kwh;
  switch (kind) {
    case DeviceKind::kStorage:
      return space.storage.SolveNear(StorageTerms::Of(fleet.storages, i), worth, space.wish_kw, rho, space.power_kw);
    case DeviceKind::kUnit:
      return space.unit.SolveNear(UnitTerms::Of(fleet.units, i), worth, space.wish_kw, unit_rho, space.power_kw);
    case DeviceKind::kHydro:
      break;
  }
  return space.hydro.SolveNear(HydroTerms::Of(fleet, i), worth, space.wish_kw, rho, space.power_kw);
}

double AnchoredPass::AnswerBacked(Headroom headroom, std::size_t i, ResponseSpace& space, Unbacked& unbacked) const {
  const Fleet& fleet = model_.fleet;
  const StorageTerms terms = StorageTerms::Of(fleet.storages, i);
  HeadroomPrices prices;
  if ((headroom & kHeadroomUp) != 0) prices.up_usd_per_kw = headroom_[0];
  if ((headroom & kHeadroomDown) != 0) prices.down_usd_per_kw = headroom_[1];
  const double cost = space.promised.SolveNear(terms, worth_[kNoHeadroom], space.wish_kw,
                                               fleet.hours * options_.rho_usd_per_kwh, prices, space.power_kw);
  AddUnbacked(fleet, terms, headroom, std::span<const double>(space.power_kw), unbacked);
  return cost;
}

double AnchoredPass::AnswerAfterPlan(DeviceKind kind, std::size_t i, const Series& worth, ResponseSpace& space) const {
  const Fleet& fleet = model_.fleet;
  const std::size_t from = keeper_->kept_intervals();
  const auto after = [from](auto& series) { return std::span(series).subspan(from); };
  double cost = 0.0;
  if (kind == DeviceKind::kStorage) {
    StorageTerms terms = StorageTerms::Of(fleet.storages, i);
    if (!keeper_->KeepStorage(terms, i, space.power_kw, &cost)) return Answer(kind, i, worth, space);
    return cost + space.storage.SolveNear(terms, after(worth), after(space.wish_kw),
                                          fleet.hours * options_.rho_usd_per_kwh, after(space.power_kw));
  }
  if (kind == DeviceKind::kUnit) {
    UnitTerms terms = UnitTerms::Of(fleet.units, i);
    if (!keeper_->KeepUnit(terms, i, space.power_kw, &cost)) return Answer(kind, i, worth, space);
    return cost + space.unit.SolveNear(terms, after(worth), after(space.wish_kw),
                                       fleet.hours * options_.unit_rho_usd_per_kwh, after(space.power_kw));
  }
  return Answer(kind, i, worth, space);
}

void AnchoredPass::Enter(std::size_t k, const Part& part) {
  Series& injection = result_.injection_kw[model_.clusters[k].headroom];
  for (std::size_t t = 0; t < model_.count(); ++t) injection[t] += part.power_kw[t];
  result_.unbacked.Add(part.unbacked);
  result_.cost_usd += part.cost_usd;
}

}  // namespace derms::dispatch::fleet
