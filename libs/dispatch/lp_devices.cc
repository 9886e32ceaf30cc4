#include <algorithm>

#include "libs/dispatch/device_limits.h"
#include "libs/dispatch/lp_model_builder.h"

namespace derms::dispatch {

void LpModelBuilder::AddDevice(std::size_t i) {
  std::visit([&](const auto& kind) { Add(i, kind); }, problem_.devices[i].kind);
}

void LpModelBuilder::Inject(std::size_t i, int t, int column, double sign) {
  const Device& device = problem_.devices[i];
  lp_.Add(model_.region_rows[static_cast<std::size_t>(device.region)].balance + t, column, sign);
  for (int r : tree_.path_to_root(device.region)) {
    const RegionRows& rows = model_.region_rows[static_cast<std::size_t>(r)];
    if (device.reserve_up && rows.reserve_up != kAbsent) lp_.Add(rows.reserve_up + t, column, -sign);
    if (device.reserve_down && rows.reserve_down != kAbsent) lp_.Add(rows.reserve_down + t, column, sign);
  }
}

void LpModelBuilder::AddHeadroom(std::size_t i, int t, double up_kw, double down_kw, int on_column) {
  const Device& device = problem_.devices[i];
  const auto add = [&](int row, double kw) {
    if (on_column == kAbsent) {
      lp_.row_lower[static_cast<std::size_t>(row)] -= kw;
    } else {
      lp_.Add(row, on_column, kw);
    }
  };
  for (int r : tree_.path_to_root(device.region)) {
    const RegionRows& rows = model_.region_rows[static_cast<std::size_t>(r)];
    if (device.reserve_up && rows.reserve_up != kAbsent) add(rows.reserve_up + t, up_kw);
    if (device.reserve_down && rows.reserve_down != kAbsent) add(rows.reserve_down + t, down_kw);
  }
}

void LpModelBuilder::Add(std::size_t i, const Renewable& renewable) {
  const double price = hours_ * (renewable.marginal_cost_usd_per_kwh - renewable.curtailment_price_usd_per_kwh);
  model_.device_columns[i].power = lp_.columns();
  for (int t = 0; t < intervals_; ++t) {
    const double available = problem_.at(renewable.availability_kw, t);
    const double lowest = renewable.must_take ? available : 0.0;
    lp_.constant += hours_ * renewable.curtailment_price_usd_per_kwh * available;
    Inject(i, t, lp_.AddColumn(lowest, available, price), 1.0);
    AddHeadroom(i, t, available, -lowest, kAbsent);
  }
}

void LpModelBuilder::Add(std::size_t i, const Storage& storage) {
  DeviceColumns& columns = model_.device_columns[i];
  const double keep = Retention(storage, hours_);
  columns.charge = AddBlock(0.0, storage.charge_max_kw, 0.0);
  columns.discharge = AddBlock(0.0, storage.discharge_max_kw, hours_ * storage.wear_usd_per_kwh);
  columns.energy = AddBlock(storage.energy_min_kwh, storage.energy_max_kwh, 0.0);
  double& last = lp_.lower[static_cast<std::size_t>(columns.energy + intervals_ - 1)];
  last = std::max(last, storage.final_energy_min_kwh);

  const int rows = model_.device_rows[i].stored_energy = lp_.rows();
  for (int t = 0; t < intervals_; ++t) {
    const double before = t == 0 ? keep * storage.initial_energy_kwh : 0.0;
    lp_.AddRow(before, before);
    lp_.Add(rows + t, columns.energy + t, 1.0);
    if (t > 0) lp_.Add(rows + t, columns.energy + t - 1, -keep);
    lp_.Add(rows + t, columns.charge + t, -hours_ * storage.charge_efficiency);
    lp_.Add(rows + t, columns.discharge + t, hours_ / storage.discharge_efficiency);
    Inject(i, t, columns.charge + t, -1.0);
    Inject(i, t, columns.discharge + t, 1.0);
    AddHeadroom(i, t, storage.discharge_max_kw, storage.charge_max_kw, kAbsent);
  }
  AddOneWayRule(i, storage);
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

void LpModelBuilder::Add(std::size_t i, const Unit& unit) {
  AddPieces(i, unit);
  if (NeedsCommitment(unit)) AddCommitment(i, unit);
  AddRamps(i, unit);
  const int on = model_.device_columns[i].on;
  for (int t = 0; t < intervals_; ++t) {
    AddHeadroom(i, t, unit.max_kw, -unit.min_kw, on == kAbsent ? kAbsent : on + t);
    if (on == kAbsent) lp_.constant += hours_ * unit.no_load_usd_per_hour;
  }
}

// One column per piece of the curve up to max_kw. Convexity fills them in order, so the minimum of a unit that is
// always on is a lower bound of the first ones.
void LpModelBuilder::AddPieces(std::size_t i, const Unit& unit) {
  const std::vector<CostPiece> free = {{unit.max_kw, 0.0}};
  const double carbon = problem_.carbon_price_usd_per_kg * unit.co2_kg_per_kwh;
  double from_kw = 0.0;
  for (const CostPiece& piece : unit.cost_pieces.empty() ? free : unit.cost_pieces) {
    const double to_kw = std::min(piece.up_to_kw, unit.max_kw);
    const double width = to_kw - from_kw;
    if (width <= 0.0 && from_kw > 0.0) break;
    const double lowest = unit.committable ? 0.0 : std::clamp(unit.min_kw - from_kw, 0.0, width);
    const int first = AddBlock(lowest, width, hours_ * (piece.usd_per_kwh + carbon));
    model_.device_columns[i].pieces.push_back(first);
    for (int t = 0; t < intervals_; ++t) Inject(i, t, first + t, 1.0);
    from_kw = to_kw;
  }
}

void LpModelBuilder::AddOutput(int row, std::size_t i, int t, double factor) {
  for (int first : model_.device_columns[i].pieces) lp_.Add(row, first + t, factor);
}

// min on <= output <= max on;  start >= on - on before, exact where ramps look at it.
void LpModelBuilder::AddCommitment(std::size_t i, const Unit& unit) {
  DeviceColumns& columns = model_.device_columns[i];
  columns.on = lp_.columns();
  for (int t = 0; t < intervals_; ++t) lp_.AddBinary(hours_ * unit.no_load_usd_per_hour);
  columns.start = AddBlock(0.0, 1.0, unit.start_cost_usd);
  for (int t = 0; t < intervals_; ++t) {
    const int highest = lp_.AddRow(-kUnlimited, 0.0), lowest = lp_.AddRow(0.0, kUnlimited);
    AddOutput(highest, i, t, 1.0);
    lp_.Add(highest, columns.on + t, -unit.max_kw);
    AddOutput(lowest, i, t, 1.0);
    lp_.Add(lowest, columns.on + t, -unit.min_kw);

    const double on_before = t == 0 && IsOnBefore(unit) ? 1.0 : 0.0;
    const int starts = lp_.AddRow(-on_before, kUnlimited);  // start - on + on before >= 0
    const int is_on = lp_.AddRow(-kUnlimited, 0.0);         // start <= on
    const int was_off = lp_.AddRow(-kUnlimited, 1.0 - on_before);
    lp_.Add(starts, columns.start + t, 1.0);
    lp_.Add(starts, columns.on + t, -1.0);
    lp_.Add(is_on, columns.start + t, 1.0);
    lp_.Add(is_on, columns.on + t, -1.0);
    lp_.Add(was_off, columns.start + t, 1.0);
    if (t > 0) {
      lp_.Add(starts, columns.on + t - 1, 1.0);
      lp_.Add(was_off, columns.on + t - 1, 1.0);
    }
  }
}

void LpModelBuilder::AddRamps(std::size_t i, const Unit& unit) {
  // A ramp that spans the whole range binds nothing; with on and off the range starts at 0.
  const double range = unit.committable ? unit.max_kw : unit.max_kw - unit.min_kw;
  const bool from_outside =
      !unit.committable && unit.initial_kw && (*unit.initial_kw > unit.max_kw || *unit.initial_kw < unit.min_kw);
  if (RampUpKw(unit, hours_) < range || from_outside) AddRamp(i, unit, true);
  if (RampDownKw(unit, hours_) < range || from_outside) AddRamp(i, unit, false);
}

// up:   p(t) - p(t-1) <= R on(t-1) + max(min, R) start(t)
// down: p(t-1) - p(t) <= R on(t)   + max(min, R) stop(t),   stop = start - on + on before
void LpModelBuilder::AddRamp(std::size_t i, const Unit& unit, bool up) {
  const DeviceColumns& columns = model_.device_columns[i];
  // Unlimited needs a figure where a row has on and off: one so large that the row never binds and has no dual.
  const double never_binds = 2.0 * (unit.max_kw + unit.initial_kw.value_or(0.0)) + 1.0;
  const double ramp = std::min(up ? RampUpKw(unit, hours_) : RampDownKw(unit, hours_), never_binds);
  const double outer = std::max(ramp, unit.min_kw);  // into and out of off
  const double sign = up ? 1.0 : -1.0;
  const int first = lp_.rows();
  (up ? model_.device_rows[i].ramp_up : model_.device_rows[i].ramp_down) = first;
  for (int t = 0; t < intervals_; ++t) {
    const bool free = t == 0 && !unit.initial_kw && !unit.committable;
    const int row = lp_.AddRow(-kUnlimited, free ? kUnlimited : ramp);
    double& most = lp_.row_upper[static_cast<std::size_t>(row)];
    AddOutput(row, i, t, sign);
    if (t > 0) AddOutput(row, i, t - 1, -sign);
    if (t == 0 && !free) most += sign * unit.initial_kw.value_or(0.0);
    if (columns.on == kAbsent) continue;
    const double was_on = t == 0 && IsOnBefore(unit) ? 1.0 : 0.0;
    most -= ramp;  // each kW below hangs on a decision instead
    if (up) {
      lp_.Add(row, columns.start + t, -outer);
      if (t > 0) lp_.Add(row, columns.on + t - 1, -ramp);
      most += ramp * was_on;
    } else {
      lp_.Add(row, columns.on + t, -ramp + outer);
      lp_.Add(row, columns.start + t, -outer);
      if (t > 0) lp_.Add(row, columns.on + t - 1, -outer);
      most += outer * was_on;
    }
  }
}

void LpModelBuilder::Add(std::size_t i, const Hydro& hydro) {
  const int first = model_.device_columns[i].power = lp_.columns();
  for (int t = 0; t < intervals_; ++t) {
    const double available = problem_.at(hydro.availability_kw, t);
    lp_.AddColumn(hydro.min_kw, available, hours_ * hydro.marginal_cost_usd_per_kwh);
    Inject(i, t, first + t, 1.0);
    AddHeadroom(i, t, available, -hydro.min_kw, kAbsent);
  }
  if (!hydro.energy_budget_kwh) return;
  const int row = model_.device_rows[i].energy_budget = lp_.AddRow(-kUnlimited, *hydro.energy_budget_kwh);
  for (int t = 0; t < intervals_; ++t) lp_.Add(row, first + t, hours_);
}

}  // namespace derms::dispatch
