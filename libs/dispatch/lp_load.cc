// Columns and rows of flexible loads.
#include <algorithm>

#include "libs/dispatch/device_limits.h"
#include "libs/dispatch/lp_model_builder.h"

namespace derms::dispatch {

void LpModelBuilder::Add(std::size_t i, const FlexibleLoad& load) {
  DeviceColumns& columns = model_.device_columns[i];
  const IntervalRange window = WindowOf(problem_, load);
  const int row = model_.device_rows[i].delivered_energy = lp_.AddRow(load.energy_kwh, load.energy_kwh);
  columns.consumption = lp_.columns();
  for (int t = 0; t < intervals_; ++t) {
    const int column = lp_.AddColumn(0.0, IsWithin(window, t) ? load.max_kw : 0.0, 0.0);
    lp_.Add(row, column, hours_);
    InjectPower(i, t, column, -1.0);
  }
  if (load.undelivered_usd_per_kwh) {
    columns.undelivered = lp_.AddColumn(0.0, load.energy_kwh, *load.undelivered_usd_per_kwh);
    lp_.Add(row, columns.undelivered, 1.0);
  }
  if (load.min_kw > 0.0) AddSwitching(i, load);
}

// min on <= c <= max on; contiguous: at most one start.
void LpModelBuilder::AddSwitching(std::size_t i, const FlexibleLoad& load) {
  DeviceColumns& columns = model_.device_columns[i];
  const IntervalRange window = WindowOf(problem_, load);
  columns.on = lp_.columns();
  for (int t = 0; t < intervals_; ++t) {
    const auto column = static_cast<std::size_t>(lp_.AddBinary(0.0));
    if (!IsWithin(window, t)) lp_.upper[column] = 0.0;
  }
  for (int t = 0; t < intervals_; ++t) {
    const int highest = lp_.AddRow(-kUnlimited, 0.0), lowest = lp_.AddRow(0.0, kUnlimited);
    lp_.Add(highest, columns.consumption + t, 1.0);
    lp_.Add(highest, columns.on + t, -load.max_kw);
    lp_.Add(lowest, columns.consumption + t, 1.0);
    lp_.Add(lowest, columns.on + t, -load.min_kw);
  }
  if (!load.contiguous) return;
  columns.start = AddBlock(0.0, 1.0, 0.0);
  const int starts = lp_.AddRow(-kUnlimited, 1.0);
  for (int t = 0; t < intervals_; ++t) {
    lp_.Add(starts, columns.start + t, 1.0);
    const int row = lp_.AddRow(-kUnlimited, 0.0);  // on(t) - on(t-1) <= start(t)
    lp_.Add(row, columns.on + t, 1.0);
    if (t > 0) lp_.Add(row, columns.on + t - 1, -1.0);
    lp_.Add(row, columns.start + t, -1.0);
  }
}

}  // namespace derms::dispatch
