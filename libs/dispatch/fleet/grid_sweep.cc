#include "libs/dispatch/fleet/grid_sweep.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace derms::dispatch::fleet {
namespace {

// Where the price of net import steps up by `rise`, USD per kWh.
struct PriceStep {
  double at_kw, rise;
};

class GridSweep {
 public:
  GridSweep(const RegionModel& model, const BalanceResult& balance, ResponseSpace& space, FleetSchedule& schedule,
            AnchoredResult& anchored)
      : model_(model),
        space_(space),
        schedule_(schedule),
        anchored_(anchored),
        below_(model.count(), 0.0),
        above_(model.count()) {
    const RegionFlows& flows = balance.flows;
    for (std::size_t t = 0; t < model.count(); ++t) {
      draw_kw_.push_back(flows.net_import_kw[t] + flows.shed_kw[t] - flows.over_kw[t]);
    }
    peak_kw_ = *std::max_element(flows.net_import_kw.begin(), flows.net_import_kw.end());
    peak_kw_ = std::max(peak_kw_, model.region.peak_so_far_kw);
    FindLackOfHeadroom();
  }

  void Run(const Cluster& cluster, std::uint32_t i) {
    const std::span<float> power = PowersOf(schedule_, cluster.kind, i, model_.count());
    const bool holds_up = (cluster.headroom & kHeadroomUp) != 0;
    for (std::size_t t = 0; t < power.size(); ++t) SetTerms(t, static_cast<double>(power[t]), holds_up);
    const double was = CostOf(model_.fleet, cluster.kind, i, power);
    const StorageTerms terms = StorageTerms::Of(model_.fleet.storages, i);
    const double now =
        space_.storage.SolveNear(terms, space_.worth_usd_per_kw, {space_.wish_kw, below_, above_}, space_.power_kw);
    anchored_.cost_usd += now - was;
    Series& injection = anchored_.injection_kw[cluster.headroom];
    for (std::size_t t = 0; t < power.size(); ++t) {
      const double more = space_.power_kw[t] - static_cast<double>(power[t]);
      injection[t] += more;
      draw_kw_[t] -= more;
      power[t] = static_cast<float>(space_.power_kw[t]);
    }
  }

 private:
  // Net import below which headroom lacks: what all inject together moves with it.
  void FindLackOfHeadroom() {
    const FleetRegion& region = model_.region;
    if (region.reserve_up_kw.empty()) return;
    Series injected(model_.count(), 0.0);
    for (std::size_t kind = 0; kind < kHeadroomKinds; ++kind) {
      if ((kind & kHeadroomUp) == 0) continue;
      for (std::size_t t = 0; t < model_.count(); ++t) {
        injected[t] += anchored_.injection_kw[kind][t] + model_.must_take_kw[kind][t];
      }
    }
    for (const RenewableModel& renewable : model_.renewables) {
      if ((renewable.of->headroom & kHeadroomUp) == 0) continue;
      for (std::size_t t = 0; t < model_.count(); ++t) {
        const double taken = schedule_.renewable_taken_kw[renewable.index * model_.count() + t];
        injected[t] += model_.AvailableKw(*renewable.of, t, taken);
      }
    }
    for (std::size_t t = 0; t < model_.count(); ++t) {
      const double spare = model_.highest_up_kw[t] - injected[t] - region.reserve_up_kw[t];
      lack_kw_.push_back(draw_kw_[t] - spare);
    }
  }

  // The step next to net import, as a wish and prices beside it.
  void SetTerms(std::size_t t, double power_kw, bool holds_up) {
    const FleetRegion& region = model_.region;
    const Fleet& fleet = model_.fleet;
    const double out = region.export_price_usd_per_kwh[t], in = region.import_price_usd_per_kwh[t];
    const double peak = region.peak_charge_usd_per_kw / fleet.hours;
    std::array<PriceStep, 5> steps;
    std::size_t count = 0;
    double price = -fleet.over_generation_price_usd_per_kwh;  // of the lowest net import
    steps[count++] = {-region.export_limit_kw[t], out - price};
    steps[count++] = {0.0, in - out};
    if (peak > 0.0) steps[count++] = {peak_kw_, peak};
    steps[count++] = {region.import_limit_kw[t], fleet.value_of_lost_load_usd_per_kwh - in};
    if (holds_up && !lack_kw_.empty()) {
      price -= fleet.reserve_up_price_usd_per_kwh;
      steps[count++] = {lack_kw_[t], fleet.reserve_up_price_usd_per_kwh};
    }
    const double draw = draw_kw_[t];
    const PriceStep* next = &steps[0];
    for (std::size_t s = 1; s < count; ++s) {
      if (std::abs(steps[s].at_kw - draw) < std::abs(next->at_kw - draw)) next = &steps[s];
    }
    double rise = 0.0;
    for (std::size_t s = 0; s < count; ++s) {
      if (steps[s].at_kw < next->at_kw) price += steps[s].rise;
      if (steps[s].at_kw == next->at_kw) rise += steps[s].rise;
    }
    space_.worth_usd_per_kw[t] = fleet.hours * (price + rise);  // of a kW less net import, above the step
    space_.wish_kw[t] = power_kw + draw - next->at_kw;
    above_[t] = fleet.hours * rise;
  }

  const RegionModel& model_;
  ResponseSpace& space_;
  FleetSchedule& schedule_;
  AnchoredResult& anchored_;
  Series draw_kw_;  // net import, and what is shed less what is thrown away
  Series lack_kw_;  // empty: no headroom is asked for
  double peak_kw_ = 0.0;
  Series below_, above_;  // Pull
};

}  // namespace

void SweepGrid(const RegionModel& model, const BalanceResult& balance, double share, double first, ResponseSpace& space,
               FleetSchedule& schedule, AnchoredResult& anchored) {
  if (model.region.flattening_usd_per_kwh > 0.0 || !model.region.reserve_down_kw.empty() ||
      AsksForBacking(model.fleet, model.region)) {
    return;
  }
  GridSweep sweep(model, balance, space, schedule, anchored);
  space.worth_usd_per_kw.resize(model.count());
  for (const Cluster& cluster : model.clusters) {
    if (cluster.kind != DeviceKind::kStorage) continue;
    Series sizes;
    for (std::uint32_t i = cluster.begin; i < cluster.end; ++i) {
      sizes.push_back(DeviceSize(model.fleet, cluster.kind, i));
    }
    const std::vector<bool> sampled = SampleBySize(sizes, share, first);
    for (std::uint32_t i = cluster.begin; i < cluster.end; ++i) {
      if (sampled[i - cluster.begin]) sweep.Run(cluster, i);
    }
  }
}

}  // namespace derms::dispatch::fleet
