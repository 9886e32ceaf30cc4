#include "libs/dispatch/fleet/mend_program.h"

#include <algorithm>
#include <cmath>

namespace derms::dispatch::fleet {
namespace {

constexpr double kChangeUsdPerKwh = 0.01;
constexpr double kExcessOverLostLoad = 10.0;

}  // namespace

MendProgram::MendProgram(const Fleet& fleet, const std::vector<MendRegion>& regions,
                         const std::vector<MendDevice>& devices, const std::vector<std::size_t>& place,
                         FleetSchedule& schedule)
    : fleet_(fleet), count_(fleet.intervals()), devices_(devices) {
  for (const MendRegion& region : regions) {
    for (double need : region.need_kw) lp_.AddRow(need, kUnlimited);
  }
  for (std::size_t p = 0; p < regions.size(); ++p) AddRegion(regions[p], p);
  for (std::size_t d = 0; d < devices.size(); ++d) {
    const MendDevice& device = devices[d];
    const std::span<const float> power_kw = PowersOf(schedule, device.kind, device.index, count_);
    if (device.kind == DeviceKind::kStorage) AddStorage(device.index, place[d], power_kw);
    if (device.kind == DeviceKind::kUnit) AddUnit(device.index, place[d], power_kw);
    if (device.kind == DeviceKind::kHydro) AddHydro(device.index, place[d], power_kw);
  }
}

void MendProgram::AddRegion(const MendRegion& region, std::size_t place) {
  const double lost = fleet_.hours * fleet_.value_of_lost_load_usd_per_kwh;
  for (std::size_t t = 0; t < count_; ++t) {
    const int row = BalanceRow(place, t);
    const int inflow = lp_.AddColumn(-region.of->export_limit_kw[t], region.of->import_limit_kw[t], 0.0);
    lp_.Add(row, inflow, 1.0);
    if (region.above >= 0) lp_.Add(BalanceRow(static_cast<std::size_t>(region.above), t), inflow, -1.0);
    lp_.Add(row, lp_.AddColumn(0.0, region.of->demand_kw[t], lost), 1.0);
    lp_.Add(row, lp_.AddColumn(0.0, kUnlimited, kExcessOverLostLoad * lost), 1.0);
  }
}

MendProgram::Column MendProgram::AddChange(std::size_t place, std::size_t t, std::array<double, kPieces> most,
                                           std::array<double, kPieces> sign) {
  const Column column{lp_.columns(), sign};
  for (std::size_t k = 0; k < kPieces; ++k) {
    const int piece = lp_.AddColumn(0.0, std::max(most[k], 0.0), fleet_.hours * kChangeUsdPerKwh);
    lp_.Add(BalanceRow(place, t), piece, sign[k]);
  }
  columns_.push_back(column);
  return column;
}

// With E the energy as it is now: change of E(t+1) = keep x change of E(t) - what the changes of power take.
void MendProgram::AddStorage(std::uint32_t i, std::size_t place, std::span<const float> power_kw) {
  const StorageTerms storage = StorageTerms::Of(fleet_.storages, i);
  const double as_charge = fleet_.hours * storage.charge_efficiency;
  const double as_discharge = fleet_.hours / storage.discharge_efficiency;
  double energy = storage.initial_energy_kwh;
  int before = -1;
  for (std::size_t t = 0; t < count_; ++t) {
    const double power = power_kw[t];
    energy = storage.keep * energy - power * (power < 0.0 ? as_charge : as_discharge);
    const double least =
        t + 1 < count_ ? storage.energy_min_kwh : std::max(storage.energy_min_kwh, storage.final_energy_min_kwh);
    const int change =
        lp_.AddColumn(std::min(least - energy, 0.0), std::max(storage.energy_max_kwh - energy, 0.0), 0.0);
    const int row = lp_.AddRow(0.0, 0.0);
    lp_.Add(row, change, 1.0);
    if (before >= 0) lp_.Add(row, before, -storage.keep);
    before = change;
    // Up to rest, beyond it, and away from it.
    const bool charges = power < 0.0;
    const double towards = charges ? 1.0 : -1.0;
    const double here = charges ? as_charge : as_discharge, there = charges ? as_discharge : as_charge;
    const double most_here = charges ? storage.charge_max_kw : storage.discharge_max_kw;
    const double most_there = charges ? storage.discharge_max_kw : storage.charge_max_kw;
    const Column column =
        AddChange(place, t, {std::abs(power), most_there, most_here - std::abs(power)}, {towards, towards, -towards});
    lp_.Add(row, column.first, towards * here);
    lp_.Add(row, column.first + 1, towards * there);
    lp_.Add(row, column.first + 2, -towards * here);
  }
}

void MendProgram::AddUnit(std::uint32_t i, std::size_t place, std::span<const float> power_kw) {
  const UnitTerms unit = UnitTerms::Of(fleet_.units, i);
  Column before;
  for (std::size_t t = 0; t < count_; ++t) {
    const double power = power_kw[t];
    const Column column = AddChange(place, t, {unit.max_kw - power, power - unit.min_kw, 0.0}, {1.0, -1.0, 0.0});
    if (t > 0 || !unit.starts_anywhere()) {
      const double step = power - (t > 0 ? static_cast<double>(power_kw[t - 1]) : unit.initial_kw);
      const int row = lp_.AddRow(std::min(-unit.ramp_down_kw - step, 0.0), std::max(unit.ramp_up_kw - step, 0.0));
      for (int k = 0; k < 2; ++k) {
        lp_.Add(row, column.first + k, column.power[static_cast<std::size_t>(k)]);
        if (t > 0) lp_.Add(row, before.first + k, -before.power[static_cast<std::size_t>(k)]);
      }
    }
    before = column;
  }
}

void MendProgram::AddHydro(std::uint32_t i, std::size_t place, std::span<const float> power_kw) {
  const Hydros& hydros = fleet_.hydros;
  const Series& profile = fleet_.profiles[static_cast<std::size_t>(hydros.profile[i])];
  double left = static_cast<double>(hydros.energy_budget_kwh[i]) / fleet_.hours;
  for (float power : power_kw) left -= static_cast<double>(power);
  const int row = lp_.AddRow(-kUnlimited, std::max(left, 0.0));
  for (std::size_t t = 0; t < count_; ++t) {
    const double power = power_kw[t], most = static_cast<double>(hydros.capacity_kw[i]) * profile[t];
    const Column column =
        AddChange(place, t, {most - power, power - static_cast<double>(hydros.min_kw[i]), 0.0}, {1.0, -1.0, 0.0});
    lp_.Add(row, column.first, 1.0);
    lp_.Add(row, column.first + 1, -1.0);
  }
}

void MendProgram::Write(std::span<const double> x, FleetSchedule& schedule) const {
  for (std::size_t d = 0; d < devices_.size(); ++d) {
    const MendDevice& device = devices_[d];
    const std::span<float> power_kw = PowersOf(schedule, device.kind, device.index, count_);
    for (std::size_t t = 0; t < count_; ++t) {
      const Column& column = columns_[d * count_ + t];
      double power = power_kw[t];
      for (std::size_t k = 0; k < kPieces; ++k)
        power += column.power[k] * x[static_cast<std::size_t>(column.first) + k];
      power_kw[t] = static_cast<float>(power);
    }
    if (device.kind == DeviceKind::kStorage) KeepWithin(StorageTerms::Of(fleet_.storages, device.index), power_kw);
  }
}

// Charge and discharge at once become their difference; it leaves more energy, and what is full takes no more.
void MendProgram::KeepWithin(const StorageTerms& storage, std::span<float> power_kw) const {
  const double as_charge = fleet_.hours * storage.charge_efficiency;
  const double as_discharge = fleet_.hours / storage.discharge_efficiency;
  double energy = storage.initial_energy_kwh;
  for (float& power : power_kw) {
    energy *= storage.keep;
    const double least = std::min((energy - storage.energy_max_kwh) / as_charge, 0.0);
    const double most = std::max((energy - storage.energy_min_kwh) / as_discharge, 0.0);
    power = static_cast<float>(std::clamp(static_cast<double>(power), std::max(least, -storage.charge_max_kw),
                                          std::min(most, storage.discharge_max_kw)));
    energy -= static_cast<double>(power) * (power < 0.0F ? as_charge : as_discharge);
  }
}

}  // namespace derms::dispatch::fleet
