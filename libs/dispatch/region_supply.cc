#include "libs/dispatch/region_supply.h"

#include <algorithm>

#include "libs/dispatch/device_limits.h"
#include "libs/dispatch/objectives.h"
#include "libs/dispatch/region_tree.h"

namespace derms::dispatch {
namespace {

struct Ramps {
  double up_kw = 0, down_kw = 0;
};

// From interval t to the next.
class RampOf {
 public:
  RampOf(const Problem& problem, const DeviceSchedule& schedule, int interval)
      : problem_(problem), schedule_(schedule), now_(interval) {}

  // What the weather takes and gives is in the net load; here is what curtailment can do about it.
  Ramps operator()(const Renewable& renewable) const {
    if (renewable.must_take) return {};
    const double next_kw = problem_.at(renewable.availability_kw, now_ + 1);
    return {std::min(problem_.at(renewable.availability_kw, now_), next_kw) - power(), std::min(power(), next_kw)};
  }
  Ramps operator()(const Storage& storage) const {
    const double stored_kwh = schedule_.state_of_charge_kwh[static_cast<std::size_t>(now_)];
    const double most_kw = std::min(storage.discharge_max_kw,
                                    storage.discharge_efficiency * (stored_kwh - storage.energy_min_kwh) / hours());
    const double least_kw =
        -std::min(storage.charge_max_kw, (storage.energy_max_kwh - stored_kwh) / (storage.charge_efficiency * hours()));
    return {most_kw - power(), power() - least_kw};
  }
  Ramps operator()(const Unit& unit) const {
    if (!schedule_.on.empty() && schedule_.on[static_cast<std::size_t>(now_)] == 0) return {};
    return {std::min(unit.max_kw - power(), RampUpKw(unit, hours())),
            std::min(power() - unit.min_kw, RampDownKw(unit, hours()))};
  }
  Ramps operator()(const Hydro& hydro) const {
    return {problem_.at(hydro.availability_kw, now_ + 1) - power(), power() - hydro.min_kw};
  }
  Ramps operator()(const FlexibleLoad&) const { return {}; }

 private:
  double power() const { return schedule_.power_kw[static_cast<std::size_t>(now_)]; }
  double hours() const { return problem_.hours(); }

  const Problem& problem_;
  const DeviceSchedule& schedule_;
  const int now_;
};

class Summing {
 public:
  Summing(const Problem& problem, const Solution& solution)
      : problem_(problem), solution_(solution), count_(static_cast<std::size_t>(problem.interval_count)) {
    const Series none(count_, 0.0);
    supply_.assign(problem.regions.size(), {none, none, none, none, none, none});
    net_load_kw_.assign(problem.regions.size(), none);
  }

  std::vector<RegionSupply> Run() {
    for (std::size_t r = 0; r < supply_.size(); ++r) AddDemand(r);
    for (std::size_t i = 0; i < problem_.devices.size(); ++i) AddDevice(problem_.devices[i], solution_.devices[i]);
    AddUpwards();
    for (std::size_t r = 0; r < supply_.size(); ++r) {
      for (std::size_t t = 0; t + 1 < count_; ++t) {
        supply_[r].net_load_change_kw[t] = net_load_kw_[r][t + 1] - net_load_kw_[r][t];
      }
    }
    return std::move(supply_);
  }

 private:
  void AddDemand(std::size_t r) {
    for (std::size_t t = 0; t < count_; ++t) {
      const double demand_kw = ValueAt(problem_.regions[r].demand_kw, static_cast<int>(t), 0.0);
      net_load_kw_[r][t] += demand_kw;
      supply_[r].usual_reserve_kw[t] += kScales.reserve_share_of_demand * demand_kw;
    }
  }

  void AddDevice(const Device& device, const DeviceSchedule& schedule) {
    const auto region = static_cast<std::size_t>(device.region);
    RegionSupply& supply = supply_[region];
    for (std::size_t t = 0; t < count_; ++t) {
      const int interval = static_cast<int>(t);
      supply.headroom_up_kw[t] += std::max(HeadroomUpKw(problem_, device, schedule, interval), 0.0);
      supply.headroom_down_kw[t] += std::max(HeadroomDownKw(problem_, device, schedule, interval), 0.0);
      if (t + 1 == count_) break;
      const Ramps ramps = std::visit(RampOf(problem_, schedule, interval), device.kind);
      supply.ramp_up_kw[t] += std::max(ramps.up_kw, 0.0);
      supply.ramp_down_kw[t] += std::max(ramps.down_kw, 0.0);
    }
    const auto* renewable = std::get_if<Renewable>(&device.kind);
    if (renewable == nullptr) return;
    for (std::size_t t = 0; t < count_; ++t) {
      const double available_kw = problem_.at(renewable->availability_kw, static_cast<int>(t));
      net_load_kw_[region][t] -= available_kw;
      supply.usual_reserve_kw[t] += kScales.reserve_share_of_renewables * available_kw;
    }
  }

  // What stands in a region counts for those above it.
  void AddUpwards() {
    const auto add = [](Series& to, const Series& from) {
      for (std::size_t t = 0; t < to.size(); ++t) to[t] += from[t];
    };
    const RegionTree tree(problem_.regions);
    for (const int child : tree.children_first()) {
      const auto from = static_cast<std::size_t>(child);
      if (problem_.regions[from].parent < 0) continue;
      const auto to = static_cast<std::size_t>(problem_.regions[from].parent);
      for (const auto member :
           {&RegionSupply::headroom_up_kw, &RegionSupply::headroom_down_kw, &RegionSupply::ramp_up_kw,
            &RegionSupply::ramp_down_kw, &RegionSupply::usual_reserve_kw}) {
        add(supply_[to].*member, supply_[from].*member);
      }
      add(net_load_kw_[to], net_load_kw_[from]);
    }
  }

  static constexpr ObjectiveScales kScales{};
  const Problem& problem_;
  const Solution& solution_;
  const std::size_t count_;
  std::vector<RegionSupply> supply_;
  std::vector<Series> net_load_kw_;
};

}  // namespace

std::vector<RegionSupply> SupplyOf(const Problem& problem, const Solution& solution) {
  return Summing(problem, solution).Run();
}

}  // namespace derms::dispatch
