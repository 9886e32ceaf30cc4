#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "libs/dispatch/fleet/testing/fleet_generator.h"

namespace derms::dispatch::fleet::testing {
namespace {

Region RegionOf(const FleetRegion& from) {
  Region to;
  to.id = from.id;
  to.parent = from.parent;
  to.demand_kw = from.demand_kw;
  to.import_limit_kw = from.import_limit_kw;
  to.export_limit_kw = from.export_limit_kw;
  to.reserve_up_kw = from.reserve_up_kw;
  to.reserve_down_kw = from.reserve_down_kw;
  to.import_price_usd_per_kwh = from.import_price_usd_per_kwh;
  to.export_price_usd_per_kwh = from.export_price_usd_per_kwh;
  to.peak_charge_usd_per_kw = from.peak_charge_usd_per_kw;
  to.peak_so_far_kw = from.peak_so_far_kw;
  to.flattening_usd_per_kwh = from.flattening_usd_per_kwh;
  return to;
}

class DeviceWriter {
 public:
  DeviceWriter(const Fleet& fleet, Problem& problem) : fleet_(fleet), problem_(problem) {}

  void Renewable(std::size_t i, const RenewableClass& of) {
    dispatch::Renewable to;
    to.availability_kw = {of.profile, fleet_.renewables.capacity_kw[i]};
    to.marginal_cost_usd_per_kwh = fleet_.renewables.marginal_cost_usd_per_kwh[i];
    to.curtailment_price_usd_per_kwh = fleet_.renewables.curtailment_price_usd_per_kwh[i];
    to.must_take = of.must_take;
    Add("renewable", i, of.region, of.headroom, to);
  }

  void Storage(std::size_t i, const DeviceGroup& group) {
    const Storages& from = fleet_.storages;
    dispatch::Storage to;
    to.charge_max_kw = from.charge_max_kw[i];
    to.discharge_max_kw = from.discharge_max_kw[i];
    to.energy_min_kwh = from.energy_min_kwh[i];
    to.energy_max_kwh = from.energy_max_kwh[i];
    to.initial_energy_kwh = from.initial_energy_kwh[i];
    to.final_energy_min_kwh = from.final_energy_min_kwh[i];
    to.charge_efficiency = from.charge_efficiency[i];
    to.discharge_efficiency = from.discharge_efficiency[i];
    to.standing_loss_per_hour =
        1.0 - std::pow(1.0 - static_cast<double>(from.loss_per_interval[i]), 1.0 / fleet_.hours);
    to.wear_usd_per_kwh = from.wear_usd_per_kwh[i];
    Add("storage", i, group.region, group.headroom, to);
  }

  void Unit(std::size_t i, const DeviceGroup& group) {
    const Units& from = fleet_.units;
    dispatch::Unit to;
    to.min_kw = from.min_kw[i];
    to.max_kw = from.max_kw[i];
    to.ramp_up_kw_per_min = static_cast<double>(from.ramp_up_kw[i]) / (60.0 * fleet_.hours);
    to.ramp_down_kw_per_min = static_cast<double>(from.ramp_down_kw[i]) / (60.0 * fleet_.hours);
    if (!std::isnan(from.initial_kw[i])) to.initial_kw = from.initial_kw[i];
    double end = to.min_kw;
    for (std::size_t k = from.first_piece[i]; k < from.first_piece[i + 1]; ++k) {
      end += static_cast<double>(from.piece_kw[k]);
      const bool is_last = k + 1 == from.first_piece[i + 1];
      to.cost_pieces.push_back({is_last ? std::max(end, to.max_kw) : end, from.piece_usd_per_kwh[k]});
    }
    if (to.min_kw > 0.0) {
      const double must_run = static_cast<double>(from.cost_at_min_usd_per_hour[i]) / to.min_kw;
      to.cost_pieces.insert(to.cost_pieces.begin(), {to.min_kw, std::min(must_run, to.cost_pieces[0].usd_per_kwh)});
    }
    Add("unit", i, group.region, group.headroom, to);
  }

  void Hydro(std::size_t i, const DeviceGroup& group) {
    const Hydros& from = fleet_.hydros;
    dispatch::Hydro to;
    to.availability_kw = {from.profile[i], from.capacity_kw[i]};
    to.min_kw = from.min_kw[i];
    if (std::isfinite(from.energy_budget_kwh[i])) to.energy_budget_kwh = from.energy_budget_kwh[i];
    to.marginal_cost_usd_per_kwh = from.marginal_cost_usd_per_kwh[i];
    Add("hydro", i, group.region, group.headroom, to);
  }

 private:
  template <typename Kind>
  void Add(const char* name, std::size_t i, int region, Headroom headroom, const Kind& kind) {
    Device device;
    device.id = absl::StrCat(name, "-", i);
    device.region = region;
    device.reserve_up = (headroom & kHeadroomUp) != 0;
    device.reserve_down = (headroom & kHeadroomDown) != 0;
    device.kind = kind;
    problem_.devices.push_back(std::move(device));
  }

  const Fleet& fleet_;
  Problem& problem_;
};

}  // namespace

Problem ProblemOf(const Fleet& fleet) {
  Problem problem;
  problem.interval_length = absl::Hours(fleet.hours);
  problem.interval_count = fleet.interval_count;
  problem.profiles = fleet.profiles;
  problem.value_of_lost_load_usd_per_kwh = fleet.value_of_lost_load_usd_per_kwh;
  problem.over_generation_price_usd_per_kwh = fleet.over_generation_price_usd_per_kwh;
  problem.reserve_up_price_usd_per_kwh = fleet.reserve_up_price_usd_per_kwh;
  problem.reserve_down_price_usd_per_kwh = fleet.reserve_down_price_usd_per_kwh;
  problem.reserve_hours = fleet.reserve_hours;
  for (const FleetRegion& region : fleet.regions) problem.regions.push_back(RegionOf(region));
  DeviceWriter writer(fleet, problem);
  for (const RenewableClass& of : fleet.renewables.classes) {
    for (std::size_t i = of.begin; i < of.end; ++i) writer.Renewable(i, of);
  }
  const auto each = [](const std::vector<DeviceGroup>& groups, const auto& write) {
    for (const DeviceGroup& group : groups) {
      for (std::size_t i = group.begin; i < group.end; ++i) write(i, group);
    }
  };
  each(fleet.storages.groups, [&](std::size_t i, const DeviceGroup& g) { writer.Storage(i, g); });
  each(fleet.units.groups, [&](std::size_t i, const DeviceGroup& g) { writer.Unit(i, g); });
  each(fleet.hydros.groups, [&](std::size_t i, const DeviceGroup& g) { writer.Hydro(i, g); });
  return problem;
}

}  // namespace derms::dispatch::fleet::testing
