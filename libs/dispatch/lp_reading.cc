#include "libs/dispatch/lp_reading.h"

#include <algorithm>
#include <cmath>

#include "libs/dispatch/accounting.h"
#include "libs/dispatch/device_limits.h"

namespace derms::dispatch {
namespace {

class Reader {
 public:
  Reader(const Problem& problem, const LpModel& model, const std::vector<double>& x)
      : problem_(problem), model_(model), x_(x) {}

  Solution Read() {
    Solution solution = EmptySolution(problem_);
    for (std::size_t i = 0; i < problem_.devices.size(); ++i) {
      std::visit([&](const auto& kind) { Read(kind, model_.device_columns[i], solution.devices[i]); },
                 problem_.devices[i].kind);
    }
    for (std::size_t r = 0; r < problem_.regions.size(); ++r) {
      solution.regions[r].shed_kw = Block(model_.region_columns[r].shed);
      solution.regions[r].over_kw = Block(model_.region_columns[r].over);
    }
    return solution;
  }

 private:
  // Simplex values may miss their bounds by its tolerance.
  double At(int first, std::size_t t) const {
    const std::size_t column = static_cast<std::size_t>(first) + t;
    return std::clamp(x_[column], model_.program.lower[column], model_.program.upper[column]);
  }
  Series Block(int first) const {
    Series values(static_cast<std::size_t>(problem_.interval_count));
    for (std::size_t t = 0; t < values.size(); ++t) values[t] = At(first, t);
    return values;
  }

  void Read(const Renewable&, const DeviceColumns& columns, DeviceSchedule& schedule) const {
    schedule.power_kw = Block(columns.power);
  }
  void Read(const Hydro&, const DeviceColumns& columns, DeviceSchedule& schedule) const {
    schedule.power_kw = Block(columns.power);
  }
  void Read(const Storage& storage, const DeviceColumns& columns, DeviceSchedule& schedule) const {
    schedule.charge_kw = Block(columns.charge);
    schedule.discharge_kw = Block(columns.discharge);
    if (columns.spilled != kAbsent) schedule.spilled_kw = Block(columns.spilled);
    if (!storage.one_direction) return;
    // With a lossless store the two directions cancel exactly; otherwise only rounding is taken off here.
    const bool lossless = storage.charge_efficiency * storage.discharge_efficiency == 1.0;
    for (std::size_t t = 0; t < schedule.charge_kw.size(); ++t) {
      const double both = std::min(schedule.charge_kw[t], schedule.discharge_kw[t]);
      if (!lossless && both > kRoundingKw * (1.0 + storage.charge_max_kw)) continue;
      schedule.charge_kw[t] -= both;
      schedule.discharge_kw[t] -= both;
    }
  }
  void Read(const Unit& unit, const DeviceColumns& columns, DeviceSchedule& schedule) const {
    for (std::size_t t = 0; t < schedule.power_kw.size(); ++t) {
      double power = 0.0;
      for (int first : columns.pieces) power += At(first, t);
      if (columns.on != kAbsent) {
        schedule.on[t] = At(columns.on, t) > 0.5;
        power = schedule.on[t] != 0 ? std::clamp(power, unit.min_kw, unit.max_kw) : 0.0;
      }
      schedule.power_kw[t] = power;
    }
  }

  void Read(const FlexibleLoad& load, const DeviceColumns& columns, DeviceSchedule& schedule) const {
    for (std::size_t t = 0; t < schedule.power_kw.size(); ++t) {
      double consumption = At(columns.consumption, t);
      if (columns.on != kAbsent) {
        schedule.on[t] = At(columns.on, t) > 0.5;
        consumption = schedule.on[t] != 0 ? std::clamp(consumption, load.min_kw, load.max_kw) : 0.0;
      }
      schedule.power_kw[t] = -consumption;
    }
  }

  static constexpr double kRoundingKw = 1e-7;
  const Problem& problem_;
  const LpModel& model_;
  const std::vector<double>& x_;
};

class DualReader {
 public:
  DualReader(const Problem& problem, const LpModel& model, const std::vector<double>& dual)
      : model_(model), dual_(dual), count_(static_cast<std::size_t>(problem.interval_count)) {}

  // factor * dual of the rows first + t; empty when the rows do not exist.
  Series Rows(int first, double factor) const {
    Series values;
    if (first == kAbsent) return values;
    for (std::size_t t = 0; t < count_; ++t) values.push_back(factor * dual_[static_cast<std::size_t>(first) + t]);
    return values;
  }
  Series NotNegative(Series values) const {
    for (double& value : values) value = std::max(value, 0.0);
    return values;
  }
  double BalanceOf(std::size_t region, std::size_t t) const {
    return dual_[static_cast<std::size_t>(model_.region_rows[region].balance) + t];
  }

 private:
  const LpModel& model_;
  const std::vector<double>& dual_;
  const std::size_t count_;
};

}  // namespace

Solution ReadSchedule(const Problem& problem, const RegionTree& tree, const LpModel& model,
                      const std::vector<double>& x) {
  Solution solution = Reader(problem, model, x).Read();
  CompleteSolution(problem, tree, solution);
  return solution;
}

// A child's limits are worth the difference of the marginal prices on their two sides.
Multipliers ReadMultipliers(const Problem& problem, const RegionTree& tree, const LpModel& model,
                            const std::vector<double>& dual) {
  const DualReader read(problem, model, dual);
  const auto count = static_cast<std::size_t>(problem.interval_count);
  Multipliers m;
  const std::size_t regions = problem.regions.size(), devices = problem.devices.size();
  for (auto* of_regions :
       {&m.balance, &m.import_limit, &m.export_limit, &m.reserve_up, &m.reserve_down, &m.peak, &m.flattening}) {
    of_regions->resize(regions);
  }
  for (auto* of_devices : {&m.stored_energy, &m.ramp_up, &m.ramp_down, &m.reserve_energy_up, &m.reserve_energy_down}) {
    of_devices->resize(devices);
  }
  m.energy_budget.resize(devices, 0.0);
  m.period_budget.resize(devices);
  m.delivered_energy.resize(devices, 0.0);
  if (model.carbon_cap != kAbsent) m.carbon_cap = std::max(-dual[static_cast<std::size_t>(model.carbon_cap)], 0.0);
  for (int r : tree.roots()) {
    const auto root = static_cast<std::size_t>(r);
    m.balance[root] = read.Rows(model.region_rows[root].balance, 1.0);
    m.flattening[root] = read.Rows(model.region_rows[root].flattening, -1.0);
    m.peak[root] = read.NotNegative(read.Rows(model.region_rows[root].peak, 1.0));
    // The model writes the flattening row on the exchange, the certificate on the net import: one price moves over.
    for (std::size_t t = 0; t < m.flattening[root].size(); ++t) m.balance[root][t] -= m.flattening[root][t];
  }
  for (std::size_t r = 0; r < regions; ++r) {
    m.reserve_up[r] = read.NotNegative(read.Rows(model.region_rows[r].reserve_up, 1.0));
    m.reserve_down[r] = read.NotNegative(read.Rows(model.region_rows[r].reserve_down, 1.0));
    if (problem.regions[r].parent < 0) continue;
    for (std::size_t t = 0; t < count; ++t) {
      const double worth =
          read.BalanceOf(r, t) - read.BalanceOf(static_cast<std::size_t>(problem.regions[r].parent), t);
      m.import_limit[r].push_back(std::max(worth, 0.0));
      m.export_limit[r].push_back(std::max(-worth, 0.0));
    }
  }
  for (std::size_t i = 0; i < devices; ++i) {
    const DeviceRows& rows = model.device_rows[i];
    m.stored_energy[i] = read.Rows(rows.stored_energy, -1.0);
    m.ramp_up[i] = read.NotNegative(read.Rows(rows.ramp_up, -1.0));
    m.ramp_down[i] = read.NotNegative(read.Rows(rows.ramp_down, -1.0));
    m.reserve_energy_up[i] = read.NotNegative(read.Rows(rows.reserve_energy_up, -1.0));
    m.reserve_energy_down[i] = read.NotNegative(read.Rows(rows.reserve_energy_down, -1.0));
    if (rows.delivered_energy != kAbsent) {
      m.delivered_energy[i] = dual[static_cast<std::size_t>(rows.delivered_energy)];
    }
    if (rows.energy_budget != kAbsent) {
      m.energy_budget[i] = std::max(-dual[static_cast<std::size_t>(rows.energy_budget)], 0.0);
    }
    const auto* hydro = std::get_if<Hydro>(&problem.devices[i].kind);
    for (std::size_t k = 0; hydro != nullptr && k < hydro->period_budgets.size(); ++k) {
      m.period_budget[i].push_back(std::max(-dual[static_cast<std::size_t>(rows.period_budget) + k], 0.0));
    }
  }
  return m;
}

Decisions ReadDecisions(const Problem& problem, const LpModel& model, const std::vector<double>& x) {
  const auto count = static_cast<std::size_t>(problem.interval_count);
  const auto value = [&](int first, std::size_t t) { return x[static_cast<std::size_t>(first) + t]; };
  Decisions decisions;
  decisions.on.resize(problem.devices.size());
  decisions.storage.resize(problem.devices.size());
  decisions.exchange.resize(problem.regions.size());
  for (std::size_t i = 0; i < problem.devices.size(); ++i) {
    const DeviceColumns& columns = model.device_columns[i];
    const auto* storage = std::get_if<Storage>(&problem.devices[i].kind);
    for (std::size_t t = 0; t < count; ++t) {
      if (columns.on != kAbsent) decisions.on[i].push_back(value(columns.on, t) > 1e-3);
      if (storage == nullptr || !storage->one_direction) continue;
      const double kept = storage->charge_efficiency * storage->discharge_efficiency;
      decisions.storage[i].push_back(value(columns.discharge, t) > kept * value(columns.charge, t) ? 1 : -1);
    }
  }
  for (std::size_t r = 0; r < problem.regions.size(); ++r) {
    const RegionColumns& columns = model.region_columns[r];
    for (std::size_t t = 0; columns.imported != kAbsent && t < count; ++t) {
      decisions.exchange[r].push_back(value(columns.imported, t) >= value(columns.exported, t) ? 1 : -1);
    }
  }
  return decisions;
}

}  // namespace derms::dispatch
