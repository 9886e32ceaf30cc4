#include "libs/dispatch/elastic_model.h"

#include <algorithm>

#include "libs/base/error.h"
#include "libs/dispatch/cbc_engine.h"
#include "libs/dispatch/clp_engine.h"
#include "libs/dispatch/device_limits.h"
#include "libs/dispatch/relaxation.h"

namespace derms::dispatch {

ElasticModel::ElasticModel(const Problem& problem, const RegionTree& tree)
    : problem_(problem), model_(BuildLpModel(problem, tree)) {
  for (std::size_t i = 0; i < problem.devices.size(); ++i) {
    std::visit(Overloaded{
                   [&](const Renewable&) {},
                   [&](const Storage& storage) { AddStorage(i, storage); },
                   [&](const Unit& unit) { AddUnit(i, unit); },
                   [&](const Hydro& hydro) { AddHydro(i, hydro); },
                   [&](const FlexibleLoad& load) { AddLoad(i, load); },
               },
               problem.devices[i].kind);
  }
  for (std::size_t r = 0; r < problem.regions.size(); ++r) AddRegion(r);
  if (model_.carbon_cap != kAbsent) {
    const int amount = AddAmount(Add(kCarbonCap, "", -1, "kg", 1.0), -1);
    model_.program.Add(model_.carbon_cap, amount, -1.0);
  }
  cost_ = model_.program.cost;
  has_integers_ = std::any_of(model_.program.integer.begin(), model_.program.integer.end(),
                              [](std::uint8_t integer) { return integer != 0; });
}

Requirement& ElasticModel::Add(std::string_view name, const std::string& subject, int interval, const char* unit,
                               double weight) {
  return requirements_.emplace_back(Requirement{std::string(name), subject, interval, unit, weight, {}, {}});
}

int ElasticModel::AddAmount(Requirement& requirement, int interval) {
  requirement.amounts.push_back(model_.program.AddColumn(0.0, kUnlimited, 0.0));
  requirement.intervals.push_back(interval);
  return requirement.amounts.back();
}

void ElasticModel::SoftenLower(int column, double least, double hard, int amount) {
  LinearProgram& lp = model_.program;
  lp.lower[static_cast<std::size_t>(column)] = hard;
  const int row = lp.AddRow(least, kUnlimited);
  lp.Add(row, column, 1.0);
  lp.Add(row, amount, 1.0);
}

void ElasticModel::SoftenUpper(int column, double most, double hard, int amount) {
  LinearProgram& lp = model_.program;
  lp.upper[static_cast<std::size_t>(column)] = hard;
  const int row = lp.AddRow(-kUnlimited, most);
  lp.Add(row, column, 1.0);
  lp.Add(row, amount, -1.0);
}

void ElasticModel::AddStorage(std::size_t i, const Storage& storage) {
  const std::string& id = problem_.devices[i].id;
  const int energy = model_.device_columns[i].energy;
  const int lowest = AddAmount(Add(kEnergyMin, id, -1, "kWh", 1.0), -1);
  const int highest = AddAmount(Add(kEnergyMax, id, -1, "kWh", 1.0), -1);
  for (int t = 0; t < problem_.interval_count; ++t) {
    SoftenLower(energy + t, storage.energy_min_kwh, 0.0, lowest);
    SoftenUpper(energy + t, storage.energy_max_kwh, kUnlimited, highest);
  }
  for (const EnergyTarget& target : storage.targets) {
    const int column = energy + target.interval;
    if (target.at_least_kwh > storage.energy_min_kwh) {
      const int amount = AddAmount(Add(kEnergyTarget, id, target.interval, "kWh", 1.0), target.interval);
      SoftenLower(column, target.at_least_kwh, 0.0, amount);
    }
    if (target.at_most_kwh < storage.energy_max_kwh) {
      const int amount = AddAmount(Add(kEnergyCeiling, id, target.interval, "kWh", 1.0), target.interval);
      SoftenUpper(column, target.at_most_kwh, kUnlimited, amount);
    }
  }
  if (storage.final_energy_min_kwh <= storage.energy_min_kwh) return;
  const int amount = AddAmount(Add(kFinalEnergy, id, -1, "kWh", 1.0), -1);
  SoftenLower(energy + problem_.interval_count - 1, storage.final_energy_min_kwh, 0.0, amount);
}

void ElasticModel::AddUnit(std::size_t i, const Unit& unit) {
  LinearProgram& lp = model_.program;
  const std::string& id = problem_.devices[i].id;
  const DeviceRows& rows = model_.device_rows[i];
  if (rows.energy_budget != kAbsent) {
    lp.Add(rows.energy_budget, AddAmount(Add(kEnergyBudget, id, -1, "kWh", 1.0), -1), -1.0);
  }
  if (unit.committable) return;  // it may stop; what keeps it on is no amount
  const auto soften_ramp = [&](std::string_view name, int first) {
    if (first == kAbsent) return;
    const int amount = AddAmount(Add(name, id, -1, "kW", problem_.hours()), -1);
    for (int t = 0; t < problem_.interval_count; ++t) lp.Add(first + t, amount, -1.0);
  };
  soften_ramp(kRampUp, rows.ramp_up);
  soften_ramp(kRampDown, rows.ramp_down);
  if (unit.min_kw <= 0.0) return;
  const int amount = AddAmount(Add(kOutputMin, id, -1, "kW", problem_.hours()), -1);
  lp.upper[static_cast<std::size_t>(amount)] = unit.min_kw;
  for (int t = 0; t < problem_.interval_count; ++t) {
    const int row = lp.AddRow(unit.min_kw, kUnlimited);
    lp.Add(row, amount, 1.0);
    for (int first : model_.device_columns[i].pieces) {
      const int piece = first + t;
      lp.lower[static_cast<std::size_t>(piece)] = 0.0;
      lp.Add(row, piece, 1.0);
    }
  }
}

void ElasticModel::AddHydro(std::size_t i, const Hydro& hydro) {
  const std::string& id = problem_.devices[i].id;
  if (hydro.energy_budget_kwh) {
    const int amount = AddAmount(Add(kEnergyBudget, id, -1, "kWh", 1.0), -1);
    model_.program.Add(model_.device_rows[i].energy_budget, amount, -1.0);
  }
  int row = model_.device_rows[i].period_budget;
  for (const PeriodBudget& budget : hydro.period_budgets) {
    const int last = budget.intervals.end - 1;
    model_.program.Add(row++, AddAmount(Add(kPeriodBudget, id, last, "kWh", 1.0), last), -1.0);
  }
  if (hydro.min_kw <= 0.0) return;
  const int amount = AddAmount(Add(kOutputMin, id, -1, "kW", problem_.hours()), -1);
  for (int t = 0; t < problem_.interval_count; ++t) {
    SoftenLower(model_.device_columns[i].power + t, hydro.min_kw, 0.0, amount);
  }
}

void ElasticModel::AddLoad(std::size_t i, const FlexibleLoad& load) {
  if (load.undelivered_usd_per_kwh) return;
  const int amount = AddAmount(Add(kDeliveredEnergy, problem_.devices[i].id, -1, "kWh", 1.0), -1);
  model_.program.upper[static_cast<std::size_t>(amount)] = load.energy_kwh;
  model_.program.Add(model_.device_rows[i].delivered_energy, amount, 1.0);
}

void ElasticModel::AddRegion(std::size_t r) {
  const Region& region = problem_.regions[r];
  const RegionColumns& columns = model_.region_columns[r];
  const bool is_root = region.parent < 0;
  const auto soften = [&](std::string_view name, const Series& limits, int first, bool is_lower) {
    if (limits.empty()) return;
    Requirement& requirement = Add(name, region.id, -1, "kW", problem_.hours());
    for (int t = 0; t < problem_.interval_count; ++t) {
      const double limit = limits[static_cast<std::size_t>(t)];
      if (limit == kUnlimited) continue;
      if (is_lower) {
        SoftenLower(first + t, -limit, -kUnlimited, AddAmount(requirement, t));
      } else {
        SoftenUpper(first + t, limit, kUnlimited, AddAmount(requirement, t));
      }
    }
  };
  soften(kImportLimit, region.import_limit_kw, is_root ? columns.imported : columns.net_import, false);
  soften(kExportLimit, region.export_limit_kw, is_root ? columns.exported : columns.net_import, !is_root);
}

absl::StatusOr<std::optional<std::vector<double>>> ElasticModel::LeastAmounts(const std::vector<Rule>& rules,
                                                                              const EngineLimits& limits) const {
  LinearProgram program = model_.program;
  std::fill(program.cost.begin(), program.cost.end(), 0.0);
  program.constant = 0.0;
  for (std::size_t k = 0; k < requirements_.size(); ++k) {
    for (int column : requirements_[k].amounts) {
      program.cost[static_cast<std::size_t>(column)] = rules[k].weight * requirements_[k].weight;
      if (rules[k].kept) program.upper[static_cast<std::size_t>(column)] = 0.0;
    }
  }
  return Minimise(program, limits);
}

absl::StatusOr<std::optional<double>> ElasticModel::CostOfGivingUp(std::size_t k, const std::vector<double>& values,
                                                                   const EngineLimits& limits) const {
  LinearProgram program = model_.program;
  for (std::size_t other = 0; other < requirements_.size(); ++other) {
    for (int column : requirements_[other].amounts) {
      const double amount = other == k ? values[static_cast<std::size_t>(column)] : 0.0;
      program.upper[static_cast<std::size_t>(column)] = amount > 0.0 ? amount * (1.0 + 1e-7) + 1e-6 : 0.0;
    }
  }
  ASSIGN_OR_RETURN(const auto found, Minimise(program, limits));
  if (!found) return std::optional<double>();
  double cost = program.constant;
  for (std::size_t column = 0; column < cost_.size(); ++column) cost += cost_[column] * (*found)[column];
  return std::optional<double>(cost);
}

absl::StatusOr<std::optional<std::vector<double>>> ElasticModel::Minimise(const LinearProgram& program,
                                                                          const EngineLimits& limits) const {
  const auto late = [] {
    return base::DeadlineExceeded("NO_SCHEDULE_IN_TIME", "no time was left to find what conflicts; allow more time");
  };
  ASSIGN_OR_RETURN(LpResult linear, SolveWithClp(program, limits));
  if (linear.status == EngineStatus::kStopped) return late();
  if (linear.status == EngineStatus::kInfeasible) return std::optional<std::vector<double>>();
  if (!has_integers_) return std::optional<std::vector<double>>(std::move(linear.x));
  MipOptions mip;
  mip.limits = limits;
  mip.cutoff = kUnlimited;
  ASSIGN_OR_RETURN(MipResult whole, SolveWithCbc(program, mip));
  if (!whole.x.empty()) return std::optional<std::vector<double>>(std::move(whole.x));
  if (whole.status == EngineStatus::kInfeasible) return std::optional<std::vector<double>>();
  return late();
}

}  // namespace derms::dispatch
