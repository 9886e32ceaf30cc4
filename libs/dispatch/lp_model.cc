#include "libs/dispatch/lp_model.h"

#include <algorithm>

#include "libs/dispatch/device_limits.h"
#include "libs/dispatch/lp_model_builder.h"

namespace derms::dispatch {

int LpModelBuilder::AddBlock(double low, double high, double cost) {
  const int first = lp_.columns();
  for (int t = 0; t < intervals_; ++t) lp_.AddColumn(low, high, cost);
  return first;
}

void LpModelBuilder::SumLargestInjections() {
  for (const Device& device : problem_.devices) {
    Series& sum = largest_injection_kw_[static_cast<std::size_t>(device.region)];
    for (int t = 0; t < intervals_; ++t) sum[static_cast<std::size_t>(t)] += HighestOutputKw(problem_, device, t);
  }
}

void LpModelBuilder::Build() {
  SumLargestInjections();
  model_.region_columns.resize(problem_.regions.size());
  model_.region_rows.resize(problem_.regions.size());
  model_.device_columns.resize(problem_.devices.size());
  model_.device_rows.resize(problem_.devices.size());
  if (problem_.carbon_cap_kg) model_.carbon_cap = lp_.AddRow(-kUnlimited, *problem_.carbon_cap_kg);
  for (std::size_t r = 0; r < problem_.regions.size(); ++r) AddRegion(r);
  // Flows meet the parents' balance rows, which exist only now.
  for (std::size_t r = 0; r < problem_.regions.size(); ++r) AddFlow(r);
  for (std::size_t i = 0; i < problem_.devices.size(); ++i) AddDevice(i);
}

void LpModelBuilder::Emits(int column, double kg_per_kwh) {
  if (model_.carbon_cap != kAbsent && kg_per_kwh != 0.0) lp_.Add(model_.carbon_cap, column, hours_ * kg_per_kwh);
}

void LpModelBuilder::AddRegion(std::size_t r) {
  const Region& region = problem_.regions[r];
  RegionColumns& columns = model_.region_columns[r];
  RegionRows& rows = model_.region_rows[r];
  rows.balance = lp_.rows();
  for (int t = 0; t < intervals_; ++t) {
    const double demand = ValueAt(region.demand_kw, t, 0.0);
    lp_.AddRow(demand, demand);
  }
  columns.shed = lp_.columns();
  for (int t = 0; t < intervals_; ++t) {
    const double price = hours_ * problem_.value_of_lost_load_usd_per_kwh;
    lp_.Add(rows.balance + t, lp_.AddColumn(0.0, ValueAt(region.demand_kw, t, 0.0), price), 1.0);
  }
  columns.over = lp_.columns();
  for (int t = 0; t < intervals_; ++t) {
    const double price = hours_ * problem_.over_generation_price_usd_per_kwh;
    lp_.Add(rows.balance + t, lp_.AddColumn(0.0, LargestInjectionKw(r, t), price), -1.0);
  }
  AddReserve(r);
}

void LpModelBuilder::AddFlow(std::size_t r) {
  const Region& region = problem_.regions[r];
  if (region.parent < 0) {
    AddExchange(r);
    AddExchangeRule(r);
    AddPeak(r);
    AddFlattening(r);
    return;
  }
  RegionColumns& columns = model_.region_columns[r];
  columns.net_import = lp_.columns();
  const RegionRows& parent = model_.region_rows[static_cast<std::size_t>(region.parent)];
  for (int t = 0; t < intervals_; ++t) {
    const int column = lp_.AddColumn(-ValueAt(region.export_limit_kw, t, kUnlimited),
                                     ValueAt(region.import_limit_kw, t, kUnlimited), 0.0);
    lp_.Add(model_.region_rows[r].balance + t, column, 1.0);
    lp_.Add(parent.balance + t, column, -1.0);
  }
}

// Unlimited exchange is bounded by what the region can consume and inject, so that every column is.
void LpModelBuilder::AddExchange(std::size_t r) {
  const Region& root = problem_.regions[r];
  std::vector<double> most_in(static_cast<std::size_t>(intervals_), 0.0), most_out = most_in;
  const auto at = [](std::vector<double>& values, int t) -> double& { return values[static_cast<std::size_t>(t)]; };
  for (std::size_t s = 0; s < problem_.regions.size(); ++s) {
    if (tree_.root_of(static_cast<int>(s)) != static_cast<int>(r)) continue;
    for (int t = 0; t < intervals_; ++t) {
      const double injection = LargestInjectionKw(s, t);
      at(most_in, t) += ValueAt(problem_.regions[s].demand_kw, t, 0.0) + injection;
      at(most_out, t) += injection;
    }
  }
  for (const Device& device : problem_.devices) {
    if (tree_.root_of(device.region) != static_cast<int>(r)) continue;
    for (int t = 0; t < intervals_; ++t) at(most_in, t) += std::max(-LowestOutputKw(problem_, device, t), 0.0);
  }
  RegionColumns& columns = model_.region_columns[r];
  const int balance = model_.region_rows[r].balance;
  columns.imported = lp_.columns();
  for (int t = 0; t < intervals_; ++t) {
    const double limit = std::min(ValueAt(root.import_limit_kw, t, kUnlimited), at(most_in, t));
    const int column = lp_.AddColumn(0.0, limit, hours_ * ImportPriceWithCarbon(problem_, root, t));
    lp_.Add(balance + t, column, 1.0);
    Emits(column, ValueAt(root.carbon_of_import_kg_per_kwh, t, 0.0));
  }
  columns.exported = lp_.columns();
  for (int t = 0; t < intervals_; ++t) {
    const double limit = std::min(ValueAt(root.export_limit_kw, t, kUnlimited), at(most_out, t));
    const double price = -hours_ * ValueAt(root.export_price_usd_per_kwh, t, 0.0);
    lp_.Add(balance + t, lp_.AddColumn(0.0, limit, price), -1.0);
  }
}

void LpModelBuilder::AddExchangeRule(std::size_t r) {
  if (rules_.exchange.empty() || rules_.exchange[r].empty()) return;
  const RegionColumns& columns = model_.region_columns[r];
  for (int t = 0; t < intervals_; ++t) {
    if (rules_.exchange[r][static_cast<std::size_t>(t)] == 0) continue;
    const double most_in = lp_.upper[static_cast<std::size_t>(columns.imported + t)];
    const double most_out = lp_.upper[static_cast<std::size_t>(columns.exported + t)];
    const int imports = lp_.AddBinary(0.0);
    const int in = lp_.AddRow(-kUnlimited, 0.0), out = lp_.AddRow(-kUnlimited, most_out);
    lp_.Add(in, columns.imported + t, 1.0);
    lp_.Add(in, imports, -most_in);
    lp_.Add(out, columns.exported + t, 1.0);
    lp_.Add(out, imports, most_out);
  }
}

void LpModelBuilder::AddPeak(std::size_t r) {
  const Region& root = problem_.regions[r];
  if (root.peak_charge_usd_per_kw <= 0.0) return;
  RegionColumns& columns = model_.region_columns[r];
  columns.peak = lp_.AddColumn(root.peak_so_far_kw, kUnlimited, root.peak_charge_usd_per_kw);
  lp_.constant -= root.peak_charge_usd_per_kw * root.peak_so_far_kw;
  model_.region_rows[r].peak = lp_.rows();
  for (int t = 0; t < intervals_; ++t) {
    const int row = lp_.AddRow(0.0, kUnlimited);
    lp_.Add(row, columns.peak, 1.0);
    lp_.Add(row, columns.imported + t, -1.0);
  }
}

// imported - exported - level = above - below
void LpModelBuilder::AddFlattening(std::size_t r) {
  const Region& root = problem_.regions[r];
  if (root.flattening_usd_per_kwh <= 0.0) return;
  RegionColumns& columns = model_.region_columns[r];
  columns.level = lp_.AddColumn(-kUnlimited, kUnlimited, 0.0);
  columns.above_level = AddBlock(0.0, kUnlimited, hours_ * root.flattening_usd_per_kwh);
  columns.below_level = AddBlock(0.0, kUnlimited, hours_ * root.flattening_usd_per_kwh);
  model_.region_rows[r].flattening = lp_.rows();
  for (int t = 0; t < intervals_; ++t) {
    const int row = lp_.AddRow(0.0, 0.0);
    lp_.Add(row, columns.imported + t, 1.0);
    lp_.Add(row, columns.exported + t, -1.0);
    lp_.Add(row, columns.level, -1.0);
    lp_.Add(row, columns.above_level + t, -1.0);
    lp_.Add(row, columns.below_level + t, 1.0);
  }
}

void LpModelBuilder::AddReserve(std::size_t r) {
  const auto add = [&](const Series& required, double price, int& columns, int& rows) {
    if (required.empty()) return;
    columns = AddBlock(0.0, kUnlimited, hours_ * price);
    rows = lp_.rows();
    for (int t = 0; t < intervals_; ++t) {
      lp_.Add(lp_.AddRow(required[static_cast<std::size_t>(t)], kUnlimited), columns + t, 1.0);
    }
  };
  const Region& region = problem_.regions[r];
  add(region.reserve_up_kw, problem_.reserve_up_price_usd_per_kwh, model_.region_columns[r].short_up,
      model_.region_rows[r].reserve_up);
  add(region.reserve_down_kw, problem_.reserve_down_price_usd_per_kwh, model_.region_columns[r].short_down,
      model_.region_rows[r].reserve_down);
}

LpModel BuildLpModel(const Problem& problem, const RegionTree& tree, const OneWayRules& rules,
                     const Tangents& tangents) {
  LpModel model;
  LpModelBuilder(problem, tree, rules, tangents, model).Build();
  return model;
}

void Impose(const Problem& problem, const Decisions& decisions, LpModel& model) {
  LinearProgram& lp = model.program;
  const auto close = [&](int column) { lp.upper[static_cast<std::size_t>(column)] = 0.0; };
  for (std::size_t i = 0; i < problem.devices.size(); ++i) {
    const DeviceColumns& columns = model.device_columns[i];
    for (int t = 0; t < problem.interval_count; ++t) {
      const auto at = static_cast<std::size_t>(t);
      if (columns.on != kAbsent && !decisions.on[i].empty()) {
        const auto column = static_cast<std::size_t>(columns.on + t);
        lp.lower[column] = lp.upper[column] = decisions.on[i][at];
      }
      if (columns.charge != kAbsent && !decisions.storage[i].empty() && decisions.storage[i][at] != 0) {
        close(decisions.storage[i][at] > 0 ? columns.charge + t : columns.discharge + t);
      }
    }
  }
  for (std::size_t r = 0; r < problem.regions.size(); ++r) {
    if (decisions.exchange[r].empty()) continue;
    for (int t = 0; t < problem.interval_count; ++t) {
      const int direction = decisions.exchange[r][static_cast<std::size_t>(t)];
      if (direction > 0) close(model.region_columns[r].exported + t);
      if (direction < 0) close(model.region_columns[r].imported + t);
    }
  }
}

}  // namespace derms::dispatch
