#include "libs/dispatch/accounting.h"

#include <algorithm>
#include <cmath>

#include "libs/dispatch/commitment.h"
#include "libs/dispatch/device_limits.h"

namespace derms::dispatch {
namespace {

class Accountant {
 public:
  Accountant(const Problem& problem, const RegionTree& tree, Solution& solution)
      : problem_(problem), tree_(tree), solution_(solution), cost_(solution.cost), hours_(problem.hours()) {}

  void Run() {
    cost_ = {};
    for (std::size_t i = 0; i < problem_.devices.size(); ++i) {
      std::visit([&](const auto& kind) { Account(kind, solution_.devices[i]); }, problem_.devices[i].kind);
    }
    ComputeFlows();
    ComputeReserve();
    for (std::size_t r = 0; r < problem_.regions.size(); ++r) {
      AccountService(solution_.regions[r]);
      if (problem_.regions[r].parent < 0) AccountGrid(problem_.regions[r], solution_.regions[r].net_import_kw);
    }
  }

 private:
  std::size_t count() const { return static_cast<std::size_t>(problem_.interval_count); }

  void Account(const Renewable& renewable, DeviceSchedule& schedule) {
    for (std::size_t t = 0; t < count(); ++t) {
      schedule.curtailed_kw[t] = problem_.at(renewable.availability_kw, static_cast<int>(t)) - schedule.power_kw[t];
      cost_.generation_usd += hours_ * renewable.marginal_cost_usd_per_kwh * schedule.power_kw[t];
      cost_.curtailment_usd += hours_ * renewable.curtailment_price_usd_per_kwh * schedule.curtailed_kw[t];
    }
  }

  void Account(const Storage& storage, DeviceSchedule& schedule) {
    const double keep = Retention(storage, hours_);
    double energy_kwh = storage.initial_energy_kwh;
    for (std::size_t t = 0; t < count(); ++t) {
      const double charge = schedule.charge_kw[t], discharge = schedule.discharge_kw[t];
      energy_kwh =
          keep * energy_kwh + hours_ * (storage.charge_efficiency * charge - discharge / storage.discharge_efficiency);
      if (storage.inflow_kw) {
        energy_kwh += hours_ * (InflowKw(problem_, storage, static_cast<int>(t)) - schedule.spilled_kw[t]);
      }
      schedule.state_of_charge_kwh[t] = energy_kwh;
      schedule.power_kw[t] = discharge - charge;
      cost_.wear_usd += hours_ * storage.wear_usd_per_kwh * discharge;
    }
  }

  void Account(const Unit& unit, DeviceSchedule& schedule) {
    for (std::size_t t = 0; t < count(); ++t) {
      const double power = schedule.power_kw[t];
      const bool on = !unit.committable || schedule.on[t] != 0;
      cost_.generation_usd += hours_ * (CurveCostUsdPerHour(unit, power) + (on ? unit.no_load_usd_per_hour : 0.0));
      cost_.carbon_usd += hours_ * problem_.carbon_price_usd_per_kg * unit.co2_kg_per_kwh * power;
    }
    if (unit.committable) cost_.start_usd += SwitchingCostUsd(problem_, unit, schedule.on);
  }

  void Account(const FlexibleLoad& load, DeviceSchedule& schedule) {
    double missing_kwh = load.energy_kwh;
    for (double power : schedule.power_kw) missing_kwh += hours_ * power;
    schedule.undelivered_kwh = std::max(missing_kwh, 0.0);
    if (!load.undelivered_usd_per_kwh) schedule.undelivered_kwh = 0.0;  // what is left is rounding
    cost_.lost_load_usd += load.undelivered_usd_per_kwh.value_or(0.0) * schedule.undelivered_kwh;
  }

  void Account(const Hydro& hydro, DeviceSchedule& schedule) {
    for (double power : schedule.power_kw) cost_.generation_usd += hours_ * hydro.marginal_cost_usd_per_kwh * power;
  }

  void ComputeFlows() {
    for (std::size_t r = 0; r < problem_.regions.size(); ++r) {
      RegionSchedule& region = solution_.regions[r];
      for (std::size_t t = 0; t < count(); ++t) {
        region.net_import_kw[t] =
            ValueAt(problem_.regions[r].demand_kw, static_cast<int>(t), 0.0) - region.shed_kw[t] + region.over_kw[t];
      }
    }
    for (std::size_t i = 0; i < problem_.devices.size(); ++i) {
      Series& net = solution_.regions[static_cast<std::size_t>(problem_.devices[i].region)].net_import_kw;
      for (std::size_t t = 0; t < count(); ++t) net[t] -= solution_.devices[i].power_kw[t];
    }
    for (int r : tree_.children_first()) {
      const int parent = problem_.regions[static_cast<std::size_t>(r)].parent;
      if (parent < 0) continue;
      const Series& from = solution_.regions[static_cast<std::size_t>(r)].net_import_kw;
      Series& to = solution_.regions[static_cast<std::size_t>(parent)].net_import_kw;
      for (std::size_t t = 0; t < count(); ++t) to[t] += from[t];
    }
  }

  void ComputeReserve() {
    for (std::size_t r = 0; r < problem_.regions.size(); ++r) {
      solution_.regions[r].reserve_short_up_kw = problem_.regions[r].reserve_up_kw;
      solution_.regions[r].reserve_short_down_kw = problem_.regions[r].reserve_down_kw;
    }
    for (std::size_t i = 0; i < problem_.devices.size(); ++i)
      SubtractHeadroom(problem_.devices[i], solution_.devices[i]);
    for (RegionSchedule& region : solution_.regions) {
      for (double& value : region.reserve_short_up_kw) value = std::max(value, 0.0);
      for (double& value : region.reserve_short_down_kw) value = std::max(value, 0.0);
    }
  }

  void SubtractHeadroom(const Device& device, const DeviceSchedule& schedule) {
    for (int r : tree_.path_to_root(device.region)) {
      RegionSchedule& region = solution_.regions[static_cast<std::size_t>(r)];
      for (std::size_t t = 0; t < count(); ++t) {
        const int interval = static_cast<int>(t);
        if (!region.reserve_short_up_kw.empty()) {
          region.reserve_short_up_kw[t] -= HeadroomUpKw(problem_, device, schedule, interval);
        }
        if (!region.reserve_short_down_kw.empty()) {
          region.reserve_short_down_kw[t] -= HeadroomDownKw(problem_, device, schedule, interval);
        }
      }
    }
  }

  void AccountService(const RegionSchedule& region) {
    for (double shed : region.shed_kw) cost_.lost_load_usd += hours_ * problem_.value_of_lost_load_usd_per_kwh * shed;
    for (double over : region.over_kw) {
      cost_.over_generation_usd += hours_ * problem_.over_generation_price_usd_per_kwh * over;
    }
    for (double kw : region.reserve_short_up_kw) {
      cost_.reserve_usd += hours_ * problem_.reserve_up_price_usd_per_kwh * kw;
    }
    for (double kw : region.reserve_short_down_kw) {
      cost_.reserve_usd += hours_ * problem_.reserve_down_price_usd_per_kwh * kw;
    }
  }

  void AccountGrid(const Region& root, const Series& net_import_kw) {
    double peak_kw = root.peak_so_far_kw;
    for (int t = 0; t < problem_.interval_count; ++t) {
      const double net = net_import_kw[static_cast<std::size_t>(t)];
      const double imported = std::max(net, 0.0);
      cost_.import_usd += hours_ * ValueAt(root.import_price_usd_per_kwh, t, 0.0) * imported;
      cost_.export_usd += hours_ * ValueAt(root.export_price_usd_per_kwh, t, 0.0) * std::max(-net, 0.0);
      cost_.carbon_usd +=
          hours_ * problem_.carbon_price_usd_per_kg * ValueAt(root.carbon_of_import_kg_per_kwh, t, 0.0) * imported;
      peak_kw = std::max(peak_kw, imported);
    }
    cost_.peak_usd += root.peak_charge_usd_per_kw * (peak_kw - root.peak_so_far_kw);
    if (root.flattening_usd_per_kwh > 0.0) {
      cost_.flattening_usd += hours_ * root.flattening_usd_per_kwh * DeviationFromMedian(net_import_kw);
    }
  }

  const Problem& problem_;
  const RegionTree& tree_;
  Solution& solution_;
  CostBreakdown& cost_;
  const double hours_;
};

}  // namespace

Solution EmptySolution(const Problem& problem) {
  const Series zeros(static_cast<std::size_t>(problem.interval_count), 0.0);
  Solution solution;
  solution.devices.resize(problem.devices.size());
  for (std::size_t i = 0; i < problem.devices.size(); ++i) {
    DeviceSchedule& schedule = solution.devices[i];
    const auto& kind = problem.devices[i].kind;
    schedule.power_kw = zeros;
    if (const auto* storage = std::get_if<Storage>(&kind)) {
      schedule.charge_kw = schedule.discharge_kw = schedule.state_of_charge_kwh = zeros;
      if (storage->inflow_kw) schedule.spilled_kw = zeros;
    }
    if (std::holds_alternative<Renewable>(kind)) schedule.curtailed_kw = zeros;
    if (const auto* unit = std::get_if<Unit>(&kind); unit != nullptr && unit->committable) {
      schedule.on.assign(zeros.size(), 1);
    }
    if (const auto* load = std::get_if<FlexibleLoad>(&kind); load != nullptr && load->min_kw > 0.0) {
      schedule.on.assign(zeros.size(), 0);
    }
  }
  solution.regions.resize(problem.regions.size());
  for (RegionSchedule& region : solution.regions) region.net_import_kw = region.shed_kw = region.over_kw = zeros;
  return solution;
}

void CompleteSolution(const Problem& problem, const RegionTree& tree, Solution& solution) {
  Accountant(problem, tree, solution).Run();
}

double DeviationFromMedian(Series values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  const double median = *middle;
  double sum = 0.0;
  for (double value : values) sum += std::abs(value - median);
  return sum;
}

}  // namespace derms::dispatch
