#include "libs/dispatch/fleet/tree_sweep.h"

#include <algorithm>
#include <cmath>

namespace derms::dispatch::fleet {
namespace {

constexpr std::size_t kBatches = 20;
// More costs the devices more than it saves, less leaves the root's peak.
constexpr double kPullUsdPerKwh = 0.015;
constexpr double kSamePrice = 1e-6;      // USD per kW
constexpr double kRhoUsdPerKwh = 0.008;  // of leaving what a device does; less swings

// What the root may draw at no loss.
struct Band {
  Series least_kw, most_kw;
};

// The highest import that the shares of its charge say.
double PeakOf(const FleetRegion& region, const RegionPrices& prices, const Series& draw_kw) {
  double weight = 0.0, sum = 0.0;
  for (std::size_t t = 0; t < draw_kw.size(); ++t) {
    weight += At(prices.peak, t);
    sum += At(prices.peak, t) * draw_kw[t];
  }
  if (weight <= 0.0) return kUnlimited;
  return std::max(region.peak_so_far_kw, sum / weight);
}

Band BandOf(const RegionModel& model, const RegionPrices& prices, const Series& worth, const Series& draw_kw) {
  const FleetRegion& region = model.region;
  const double peak_kw = PeakOf(region, prices, draw_kw);
  Band band;
  for (std::size_t t = 0; t < draw_kw.size(); ++t) {
    const double peak_price = At(prices.peak, t);
    const double in = model.fleet.hours * region.import_price_usd_per_kwh[t] + peak_price;
    const double out = model.fleet.hours * region.export_price_usd_per_kwh[t];
    const double most_in = std::min(peak_kw, region.import_limit_kw[t]);
    double least = 0.0, most = 0.0;
    if (worth[t] > in + kSamePrice) {
      least = most = region.import_limit_kw[t];
    } else if (worth[t] > in - kSamePrice) {
      most = most_in;
      if (peak_price > 0.0) least = most;
    } else if (worth[t] < out + kSamePrice) {
      least = -region.export_limit_kw[t];
      if (worth[t] < out - kSamePrice) most = least;
    }
    band.least_kw.push_back(least);
    band.most_kw.push_back(most);
  }
  return band;
}

class LotSweep {
 public:
  LotSweep(const RegionModel& model, const AnchorOptions& options, const std::vector<Lot>& lots,
           const TreePrices& prices, const TreeWorth& worth, const TreeBalance& balance, FleetSchedule& schedule,
           TreePassResult& pass)
      : model_(model),
        options_(options),
        lots_(lots),
        worth_(worth),
        schedule_(schedule),
        pass_(pass),
        draw_kw_(balance.flows[0].net_import_kw),
        spare_up_kw_(balance.spare_up_kw),
        band_(BandOf(model, prices[0], worth(0, kNoHeadroom), draw_kw_)) {
    for (std::size_t number = 0; number < lots.size(); ++number) {
      if (!lots[number].keeps_limits || model.parts[lots[number].parts[0]].parent != 0) continue;
      batches_[next_++ % kBatches].push_back(number);
    }
  }

  void Run(Workers& workers, std::vector<ResponseSpace>& spaces, const EngineLimits& limits) {
    for (const std::vector<std::size_t>& batch : batches_) {
      if (limits.Stop()) return;
      RunBatch(batch, workers, spaces);
    }
  }

 private:
  void RunBatch(const std::vector<std::size_t>& batch, Workers& workers, std::vector<ResponseSpace>& spaces) {
    const Series missed_kw = Missed();
    Series size;
    double all = 1e-9;
    for (std::size_t number : batch) all += size.emplace_back(StorageOf(lots_[number]));
    std::vector<LotImproved> improved(batch.size());
    workers.Run(batch.size(), [&](std::size_t k, std::size_t worker) {
      LotWish wish{&worth_, missed_kw, worth_(0, kNoHeadroom), model_.fleet.hours * kPullUsdPerKwh};
      for (double& kw : wish.more_kw) kw *= size[k] / all;
      improved[k] = ImproveLot(model_, lots_[batch[k]], {kRhoUsdPerKwh, options_.diffusion_devices}, wish,
                               spaces[worker], schedule_);
    });
    for (std::size_t k = 0; k < batch.size(); ++k) Enter(lots_[batch[k]], std::move(improved[k]));
  }

  // Injection that the root lacks; what would leave it short of headroom is not asked for.
  Series Missed() const {
    Series missed_kw;
    for (std::size_t t = 0; t < draw_kw_.size(); ++t) {
      double kw = draw_kw_[t] - std::clamp(draw_kw_[t], band_.least_kw[t], band_.most_kw[t]);
      if (!spare_up_kw_.empty()) kw = std::min(kw, spare_up_kw_[t]);
      missed_kw.push_back(kw);
    }
    return missed_kw;
  }

  double StorageOf(const Lot& lot) const {
    double size = 0.0;
    for (const LotDevice& device : lot.devices) {
      if (device.kind == DeviceKind::kStorage) size += DeviceSize(model_.fleet, device.kind, device.index);
    }
    return size;
  }

  void Enter(const Lot& lot, LotImproved improved) {
    pass_.cost_usd += improved.lot.cost_usd;
    for (std::size_t t = 0; t < draw_kw_.size(); ++t) draw_kw_[t] += improved.more_draw_kw[t];
    for (std::size_t place = 0; place < lot.parts.size(); ++place) {
      Injection& was = pass_.injection_kw[lot.parts[place]];
      Injection& now = improved.lot.injection_kw[place];
      for (std::size_t kind = 0; kind < kHeadroomKinds; ++kind) {
        if ((kind & kHeadroomUp) == 0) continue;
        for (std::size_t t = 0; t < spare_up_kw_.size(); ++t) spare_up_kw_[t] += was[kind][t] - now[kind][t];
      }
      was = std::move(now);
    }
  }

  const RegionModel& model_;
  const AnchorOptions& options_;
  const std::vector<Lot>& lots_;
  const TreeWorth& worth_;
  FleetSchedule& schedule_;
  TreePassResult& pass_;
  Series draw_kw_, spare_up_kw_;  // of the root
  const Band band_;
  std::array<std::vector<std::size_t>, kBatches> batches_;
  std::size_t next_ = 0;
};

}  // namespace

void SweepLots(const RegionModel& model, const AnchorOptions& options, const std::vector<Lot>& lots,
               const TreePrices& prices, const TreeWorth& worth, const TreeBalance& balance, Workers& workers,
               std::vector<ResponseSpace>& spaces, const EngineLimits& limits, FleetSchedule& schedule,
               TreePassResult& pass) {
  LotSweep(model, options, lots, prices, worth, balance, schedule, pass).Run(workers, spaces, limits);
}

}  // namespace derms::dispatch::fleet
