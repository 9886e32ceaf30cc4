// Columns and rows of units: output on the pieces of the cost curve, commitment, ramps, fuel.
//
// Commitment is the formulation of Morales-Espana, Latorre and Ramos, Tight and compact MILP formulation for the
// thermal unit commitment problem (IEEE Trans. Power Systems 28(4), 2013): on, start and stop in each interval, minimum
// times as sums of starts and stops (Rajan and Takriti, 2005), starts of several kinds by the time off.
#include <algorithm>

#include "libs/dispatch/commitment.h"
#include "libs/dispatch/device_limits.h"
#include "libs/dispatch/lp_model_builder.h"
#include "libs/dispatch/unit_curve.h"

namespace derms::dispatch {

void LpModelBuilder::Add(std::size_t i, const Unit& unit) {
  AddPieces(i, unit);
  if (NeedsCommitment(unit)) {
    AddCommitment(i, unit);
    AddMinimumTimes(i, unit);
    AddStartTypes(i, unit);
  }
  AddRamps(i, unit);
  const int on = model_.device_columns[i].on;
  for (int t = 0; t < intervals_; ++t) {
    AddHeadroom(i, t, unit.max_kw, -unit.min_kw, on == kAbsent ? kAbsent : on + t);
    if (on == kAbsent) lp_.constant += hours_ * unit.no_load_usd_per_hour;
  }
  if (!unit.energy_budget_kwh) return;
  const int row = model_.device_rows[i].energy_budget = lp_.AddRow(-kUnlimited, *unit.energy_budget_kwh);
  for (int t = 0; t < intervals_; ++t) AddOutput(row, i, t, hours_);
}

// Convexity fills the pieces in order, so the minimum of a unit that is always on is a lower bound of the first ones.
// With tangents an interval may have fewer pieces than another: then the last ones have no width.
void LpModelBuilder::AddPieces(std::size_t i, const Unit& unit) {
  const double carbon = problem_.carbon_price_usd_per_kg * unit.co2_kg_per_kwh;
  const bool refined = !tangents_.empty() && !tangents_[i].empty();
  std::vector<std::vector<CostPiece>> curves;
  std::size_t most = 0;
  for (int t = 0; t < intervals_; ++t) {
    if (t > 0 && !refined) break;
    curves.push_back(LinearPieces(unit, refined ? tangents_[i][static_cast<std::size_t>(t)] : Series{}));
    most = std::max(most, curves.back().size());
  }
  for (std::size_t k = 0; k < most; ++k) {
    const int first = lp_.columns();
    model_.device_columns[i].pieces.push_back(first);
    for (int t = 0; t < intervals_; ++t) {
      const std::vector<CostPiece>& curve = curves[refined ? static_cast<std::size_t>(t) : 0];
      const CostPiece piece = k < curve.size() ? curve[k] : CostPiece{unit.max_kw, curve.back().usd_per_kwh};
      const double from_kw = k == 0 ? 0.0 : (k <= curve.size() ? curve[k - 1].up_to_kw : unit.max_kw);
      const double width = std::max(piece.up_to_kw - from_kw, 0.0);
      const double lowest = unit.committable ? 0.0 : std::clamp(unit.min_kw - from_kw, 0.0, width);
      const int column = lp_.AddColumn(lowest, width, hours_ * (piece.usd_per_kwh + carbon));
      Inject(i, t, column, 1.0);
      Emits(column, unit.co2_kg_per_kwh);
    }
  }
}

void LpModelBuilder::AddOutput(int row, std::size_t i, int t, double factor) {
  for (int first : model_.device_columns[i].pieces) lp_.Add(row, first + t, factor);
}

// min on <= output <= max on;  on(t) - on(t-1) = start(t) - stop(t). The minimum times, at least one interval, make
// start and stop whole where on is.
void LpModelBuilder::AddCommitment(std::size_t i, const Unit& unit) {
  DeviceColumns& columns = model_.device_columns[i];
  const Commitment commitment(problem_, unit);
  columns.on = lp_.columns();
  for (int t = 0; t < intervals_; ++t) {
    const auto column = static_cast<std::size_t>(lp_.AddBinary(hours_ * unit.no_load_usd_per_hour));
    const bool held = t < commitment.held;
    if (held && commitment.on_before) lp_.lower[column] = 1.0;
    if ((held && !commitment.on_before) || commitment.planned[static_cast<std::size_t>(t)] != 0) {
      lp_.upper[column] = 0.0;
    }
  }
  columns.start = AddBlock(0.0, 1.0, unit.start_costs.empty() ? unit.start_cost_usd : 0.0);
  columns.stop = AddBlock(0.0, 1.0, unit.stop_cost_usd);
  for (int t = 0; t < intervals_; ++t) {
    const int highest = lp_.AddRow(-kUnlimited, 0.0), lowest = lp_.AddRow(0.0, kUnlimited);
    AddOutput(highest, i, t, 1.0);
    lp_.Add(highest, columns.on + t, -unit.max_kw);
    AddOutput(lowest, i, t, 1.0);
    lp_.Add(lowest, columns.on + t, -unit.min_kw);

    const double was_on = t == 0 && commitment.on_before ? 1.0 : 0.0;
    const int change = lp_.AddRow(was_on, was_on);
    lp_.Add(change, columns.on + t, 1.0);
    if (t > 0) lp_.Add(change, columns.on + t - 1, -1.0);
    lp_.Add(change, columns.start + t, -1.0);
    lp_.Add(change, columns.stop + t, 1.0);
  }
}

// Starts in the last min_up intervals are still on; stops in the last min_down intervals are still off.
void LpModelBuilder::AddMinimumTimes(std::size_t i, const Unit& unit) {
  const DeviceColumns& columns = model_.device_columns[i];
  const Commitment commitment(problem_, unit);
  for (int t = 0; t < intervals_; ++t) {
    const int up = lp_.AddRow(-kUnlimited, 0.0), down = lp_.AddRow(-kUnlimited, 1.0);
    for (int s = std::max(t - commitment.min_up + 1, 0); s <= t; ++s) lp_.Add(up, columns.start + s, 1.0);
    lp_.Add(up, columns.on + t, -1.0);
    for (int s = std::max(t - commitment.min_down + 1, 0); s <= t; ++s) lp_.Add(down, columns.stop + s, 1.0);
    lp_.Add(down, columns.on + t, 1.0);
  }
}

// Every start is of one kind, and of a warmer kind than the last only after a stop that is that short ago. Costs never
// fall with the time off, so the warmest that is allowed is taken.
void LpModelBuilder::AddStartTypes(std::size_t i, const Unit& unit) {
  if (unit.start_costs.empty()) return;
  const DeviceColumns& columns = model_.device_columns[i];
  const Commitment commitment(problem_, unit);
  std::vector<int> kinds;
  for (const StartCost& step : unit.start_costs) kinds.push_back(AddBlock(0.0, 1.0, step.usd));
  for (int t = 0; t < intervals_; ++t) {
    const int sum = lp_.AddRow(0.0, 0.0);
    lp_.Add(sum, columns.start + t, -1.0);
    for (std::size_t k = 0; k < kinds.size(); ++k) {
      lp_.Add(sum, kinds[k] + t, 1.0);
      if (k + 1 == kinds.size()) continue;
      const double from = unit.start_costs[k].off_hours, until = unit.start_costs[k + 1].off_hours;
      const double off_since_before = commitment.off_hours_before + t * hours_;
      const bool from_before =
          !commitment.on_before && off_since_before + 1e-9 >= from && off_since_before + 1e-9 < until;
      const int row = lp_.AddRow(-kUnlimited, from_before ? 1.0 : 0.0);
      lp_.Add(row, kinds[k] + t, 1.0);
      for (int off = std::max(WholeIntervals(from, hours_), 1); off <= t && off < WholeIntervals(until, hours_);
           ++off) {
        lp_.Add(row, columns.stop + t - off, -1.0);
      }
    }
  }
}

void LpModelBuilder::AddRamps(std::size_t i, const Unit& unit) {
  // A ramp that spans the whole range binds nothing; with on and off the range starts at 0.
  const double range = unit.committable ? unit.max_kw : unit.max_kw - unit.min_kw;
  const bool from_outside =
      !unit.committable && unit.initial_kw && (*unit.initial_kw > unit.max_kw || *unit.initial_kw < unit.min_kw);
  const Commitment commitment(problem_, unit);
  const bool switches = NeedsCommitment(unit);
  if (RampUpKw(unit, hours_) < range || from_outside || (switches && commitment.start_max_kw < unit.max_kw)) {
    AddRamp(i, unit, true);
  }
  if (RampDownKw(unit, hours_) < range || from_outside || (switches && commitment.stop_max_kw < unit.max_kw)) {
    AddRamp(i, unit, false);
  }
}

// up:   p(t) - p(t-1) <= R on(t-1) + start_max start(t)
// down: p(t-1) - p(t) <= R on(t)   + stop_max stop(t)
void LpModelBuilder::AddRamp(std::size_t i, const Unit& unit, bool up) {
  const DeviceColumns& columns = model_.device_columns[i];
  const Commitment commitment(problem_, unit);
  // Unlimited needs a figure where a row has on and off: one so large that the row never binds and has no dual.
  const double never_binds = 2.0 * (unit.max_kw + unit.initial_kw.value_or(0.0)) + 1.0;
  const double ramp = std::min(up ? RampUpKw(unit, hours_) : RampDownKw(unit, hours_), never_binds);
  const double sign = up ? 1.0 : -1.0;
  const int first = lp_.rows();
  (up ? model_.device_rows[i].ramp_up : model_.device_rows[i].ramp_down) = first;
  for (int t = 0; t < intervals_; ++t) {
    const bool free = t == 0 && !unit.initial_kw && !unit.committable;
    const bool decided = columns.on != kAbsent;  // then each kW hangs on a decision
    const int row = lp_.AddRow(-kUnlimited, free ? kUnlimited : (decided ? 0.0 : ramp));
    double& most = lp_.row_upper[static_cast<std::size_t>(row)];
    AddOutput(row, i, t, sign);
    if (t > 0) AddOutput(row, i, t - 1, -sign);
    if (t == 0 && !free) most += sign * unit.initial_kw.value_or(0.0);
    if (!decided) continue;
    if (up) {
      lp_.Add(row, columns.start + t, -commitment.start_max_kw);
      if (t > 0) lp_.Add(row, columns.on + t - 1, -ramp);
      if (t == 0 && commitment.on_before) most += ramp;
    } else {
      lp_.Add(row, columns.on + t, -ramp);
      lp_.Add(row, columns.stop + t, -commitment.stop_max_kw);
    }
  }
}

}  // namespace derms::dispatch
