#include "libs/dispatch/fleet/turn.h"

#include <algorithm>
#include <cmath>

namespace derms::dispatch::fleet {
namespace {

constexpr std::uint32_t kSample = 16;  // devices of a cluster that its loss is estimated by

// What keeping the plan, with the best end after it, loses against the best answer to these prices, USD.
double LossByPlan(const Fleet& fleet, DeviceKind kind, std::size_t i, std::span<const double> worth,
                  const PlanKeeper& keeper, ResponseSpace& space) {
  const std::size_t kept = keeper.kept_intervals();
  const std::span<double> power(space.power_kw), end = power.subspan(kept);
  double value = 0.0;
  std::size_t earning = kept;  // intervals whose worth is not in the value yet
  if (kind == DeviceKind::kStorage) {
    StorageTerms terms = StorageTerms::Of(fleet.storages, i);
    if (!keeper.KeepStorage(terms, i, power, &value)) return 0.0;
    value += space.storage.Solve(terms, worth.subspan(kept), end);
  } else {
    UnitTerms terms = UnitTerms::Of(fleet.units, i);
    if (!keeper.KeepUnit(terms, i, power, &value)) return 0.0;
    value += space.unit.Solve(terms, worth.subspan(kept), end);
    earning = power.size();
  }
  for (std::size_t t = 0; t < earning; ++t) value -= worth[t] * power[t];
  return std::max(value - Respond(fleet, kind, i, worth, space).value_usd, 0.0);
}

// Of a device of the cluster, USD; nothing for hydro, which keeps no plan.
double MeanLoss(const RegionModel& model, const Cluster& cluster, std::span<const double> worth,
                const PlanKeeper& keeper, ResponseSpace& space) {
  if (cluster.kind == DeviceKind::kHydro) return 0.0;
  const std::uint32_t stride = std::max((cluster.end - cluster.begin) / kSample, 1U);
  double sum = 0.0, count = 0.0;
  for (std::uint32_t i = cluster.begin + stride / 2; i < cluster.end; i += stride) {
    sum += LossByPlan(model.fleet, cluster.kind, i, worth, keeper, space);
    count += 1.0;
  }
  return count > 0.0 ? sum / count : 0.0;
}

}  // namespace

Turn ChooseTurn(const RegionModel& model, const RegionPrices& prices, double cost_usd, const PlanKeeper& keeper,
                const WarmPass& pass, std::uint32_t round, ResponseSpace& space) {
  constexpr double kGoldenRatio = 0.6180339887498949;  // its multiples lie evenly however many there are
  Turn turn{.first = std::fmod(round * kGoldenRatio, 1.0), .blocks_before = pass.blocks_before};
  double devices = 0.0;
  for (const Cluster& cluster : model.clusters) devices += cluster.end - cluster.begin;
  const double least = std::clamp(std::max(pass.least_turn, pass.fewest_devices / std::max(devices, 1.0)), 0.01, 1.0);
  const double loss_per_turn = pass.loss_for_all * std::abs(cost_usd) / std::max(devices, 1.0);
  for (const Cluster& cluster : model.clusters) {
    const Series worth = WorthOf(prices, cluster.headroom, model.count());
    const double loss = MeanLoss(model, cluster, worth, keeper, space);
    turn.share.push_back(loss > 0.0 ? std::clamp(loss / loss_per_turn, least, std::max(least, pass.most_turn)) : least);
  }
  return turn;
}

std::vector<bool> SampleBySize(std::span<const double> sizes, double share, double first) {
  const double wanted = share * static_cast<double>(sizes.size());
  if (wanted <= 0.0) return std::vector<bool>(sizes.size(), false);
  double step = kUnlimited;  // of size, from one sampled device to the next; what is larger is sampled in any case
  for (bool settled = false; !settled;) {
    double rest = 0.0, always = 0.0;
    for (const double size : sizes) (size >= step ? always : rest) += size >= step ? 1.0 : size;
    const double next = wanted > always ? rest / (wanted - always) : step;
    settled = !(next < step);
    if (!settled) step = next;
  }
  std::vector<bool> sampled;
  sampled.reserve(sizes.size());
  double at = first * step;
  for (const double size : sizes) {
    bool is_sampled = size >= step;
    if (!is_sampled) {
      at += size;
      is_sampled = at >= step;
      if (is_sampled) at -= step;
    }
    sampled.push_back(is_sampled);
  }
  return sampled;
}

}  // namespace derms::dispatch::fleet
