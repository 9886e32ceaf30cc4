// Columns and rows of storage.
#include <algorithm>

#include "libs/dispatch/device_limits.h"
#include "libs/dispatch/lp_model_builder.h"

namespace derms::dispatch {

void LpModelBuilder::Add(std::size_t i, const Storage& storage) {
  DeviceColumns& columns = model_.device_columns[i];
  const double keep = Retention(storage, hours_);
  const EnergyBounds bounds = EnergyBoundsOf(problem_, storage);
  columns.charge = AddBlock(0.0, storage.charge_max_kw, 0.0);
  columns.discharge = AddBlock(0.0, storage.discharge_max_kw, hours_ * storage.wear_usd_per_kwh);
  columns.energy = lp_.columns();
  for (std::size_t t = 0; t < bounds.least_kwh.size(); ++t) {
    lp_.AddColumn(bounds.least_kwh[t], bounds.most_kwh[t], 0.0);
  }
  if (storage.inflow_kw) {
    columns.spilled = lp_.columns();
    for (int t = 0; t < intervals_; ++t) lp_.AddColumn(0.0, InflowKw(problem_, storage, t), 0.0);
  }
  const bool backed = problem_.reserve_hours > 0.0;
  const int rows = model_.device_rows[i].stored_energy = lp_.rows();
  for (int t = 0; t < intervals_; ++t) {
    const double given = (t == 0 ? keep * storage.initial_energy_kwh : 0.0) + hours_ * InflowKw(problem_, storage, t);
    lp_.AddRow(given, given);
    lp_.Add(rows + t, columns.energy + t, 1.0);
    if (t > 0) lp_.Add(rows + t, columns.energy + t - 1, -keep);
    lp_.Add(rows + t, columns.charge + t, -hours_ * storage.charge_efficiency);
    lp_.Add(rows + t, columns.discharge + t, hours_ / storage.discharge_efficiency);
    if (columns.spilled != kAbsent) lp_.Add(rows + t, columns.spilled + t, hours_);
    if (backed) {
      InjectPower(i, t, columns.charge + t, -1.0);
      InjectPower(i, t, columns.discharge + t, 1.0);
    } else {
      Inject(i, t, columns.charge + t, -1.0);
      Inject(i, t, columns.discharge + t, 1.0);
      AddHeadroom(i, t, storage.discharge_max_kw, storage.charge_max_kw, kAbsent);
    }
  }
  if (backed) AddBackedHeadroom(i, storage);
  AddOneWayRule(i, storage);
}

// headroom = min(power left, what the energy carries), each a row, because more headroom is never worse:
//     up   <= discharge_max - p,   up   <= eta_d (E - energy_min) / reserve_hours
//     down <= charge_max + p,      down <= (energy_max - E) / (eta_c reserve_hours)
void LpModelBuilder::AddBackedHeadroom(std::size_t i, const Storage& storage) {
  DeviceColumns& columns = model_.device_columns[i];
  DeviceRows& rows = model_.device_rows[i];
  bool counts_up = false, counts_down = false;
  ForReserveRows(i, 0, [&](int, bool up) { (up ? counts_up : counts_down) = true; });
  const double most_kw = storage.charge_max_kw + storage.discharge_max_kw;
  const auto add = [&](bool up, double limit_kw, double kw_per_kwh, double bound_kwh, int& headroom, int& energy_rows) {
    const double sign = up ? 1.0 : -1.0;
    headroom = AddBlock(0.0, most_kw, 0.0);
    for (int t = 0; t < intervals_; ++t) {
      ForReserveRows(i, t, [&](int row, bool is_up) {
        if (is_up == up) lp_.Add(row, headroom + t, 1.0);
      });
      const int power = lp_.AddRow(-kUnlimited, limit_kw);
      lp_.Add(power, headroom + t, 1.0);
      lp_.Add(power, columns.discharge + t, sign);
      lp_.Add(power, columns.charge + t, -sign);
    }
    energy_rows = lp_.rows();
    for (int t = 0; t < intervals_; ++t) {
      const int row = lp_.AddRow(-kUnlimited, -sign * kw_per_kwh * bound_kwh);
      lp_.Add(row, headroom + t, 1.0);
      lp_.Add(row, columns.energy + t, -sign * kw_per_kwh);
    }
  };
  if (counts_up) {
    add(true, storage.discharge_max_kw, storage.discharge_efficiency / problem_.reserve_hours, storage.energy_min_kwh,
        columns.headroom_up, rows.reserve_energy_up);
  }
  if (counts_down) {
    add(false, storage.charge_max_kw, 1.0 / (storage.charge_efficiency * problem_.reserve_hours),
        storage.energy_max_kwh, columns.headroom_down, rows.reserve_energy_down);
  }
}

void LpModelBuilder::AddOneWayRule(std::size_t i, const Storage& storage) {
  if (rules_.storage.empty() || rules_.storage[i].empty()) return;
  const DeviceColumns& columns = model_.device_columns[i];
  for (int t = 0; t < intervals_; ++t) {
    if (rules_.storage[i][static_cast<std::size_t>(t)] == 0) continue;
    const int discharges = lp_.AddBinary(0.0);
    const int out = lp_.AddRow(-kUnlimited, 0.0), in = lp_.AddRow(-kUnlimited, storage.charge_max_kw);
    lp_.Add(out, columns.discharge + t, 1.0);
    lp_.Add(out, discharges, -storage.discharge_max_kw);
    lp_.Add(in, columns.charge + t, 1.0);
    lp_.Add(in, discharges, storage.charge_max_kw);
  }
}

}  // namespace derms::dispatch
