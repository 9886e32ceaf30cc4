#include <algorithm>

#include "libs/dispatch/device_limits.h"
#include "libs/dispatch/lp_model_builder.h"

namespace derms::dispatch {

void LpModelBuilder::AddDevice(std::size_t i) {
  std::visit([&](const auto& kind) { Add(i, kind); }, problem_.devices[i].kind);
}

void LpModelBuilder::InjectPower(std::size_t i, int t, int column, double sign) {
  lp_.Add(model_.region_rows[static_cast<std::size_t>(problem_.devices[i].region)].balance + t, column, sign);
}

void LpModelBuilder::Inject(std::size_t i, int t, int column, double sign) {
  InjectPower(i, t, column, sign);
  ForReserveRows(i, t, [&](int row, bool up) { lp_.Add(row, column, up ? -sign : sign); });
}

void LpModelBuilder::AddHeadroom(std::size_t i, int t, double up_kw, double down_kw, int on_column) {
  ForReserveRows(i, t, [&](int row, bool up) {
    const double kw = up ? up_kw : down_kw;
    if (on_column == kAbsent) {
      lp_.row_lower[static_cast<std::size_t>(row)] -= kw;
    } else {
      lp_.Add(row, on_column, kw);
    }
  });
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

void LpModelBuilder::Add(std::size_t i, const Hydro& hydro) {
  const int first = model_.device_columns[i].power = lp_.columns();
  for (int t = 0; t < intervals_; ++t) {
    const double available = problem_.at(hydro.availability_kw, t);
    lp_.AddColumn(hydro.min_kw, available, hours_ * hydro.marginal_cost_usd_per_kwh);
    Inject(i, t, first + t, 1.0);
    AddHeadroom(i, t, available, -hydro.min_kw, kAbsent);
  }
  DeviceRows& rows = model_.device_rows[i];
  const auto limit = [&](const IntervalRange& period, double energy_kwh) {
    const int row = lp_.AddRow(-kUnlimited, energy_kwh);
    for (int t = period.first; t < period.end; ++t) lp_.Add(row, first + t, hours_);
    return row;
  };
  if (hydro.energy_budget_kwh) rows.energy_budget = limit({0, intervals_}, *hydro.energy_budget_kwh);
  for (const PeriodBudget& budget : hydro.period_budgets) {
    const int row = limit(budget.intervals, budget.energy_kwh);
    if (rows.period_budget == kAbsent) rows.period_budget = row;
  }
}

}  // namespace derms::dispatch
