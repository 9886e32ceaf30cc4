#include <algorithm>
#include <cmath>

#include "libs/dispatch/checker_parts.h"

namespace derms::dispatch::checking {
namespace {

double Sum(const Series& series) {
  double sum = 0.0;
  for (double value : series) sum += value;
  return sum;
}

// sum |x - m| is least at the median m; summed as the upper half minus the lower half.
double SpreadAroundMedian(Series values) {
  std::sort(values.begin(), values.end());
  double spread = 0.0;
  for (std::size_t k = 0; k < values.size() / 2; ++k) spread += values[values.size() - 1 - k] - values[k];
  return spread;
}

void AddGrid(const Problem& problem, const Region& root, const Series& net_import, CostBreakdown& cost) {
  const double hours = absl::ToDoubleHours(problem.interval_length);
  double highest = root.peak_so_far_kw;
  for (int t = 0; t < problem.interval_count; ++t) {
    const double net = net_import[static_cast<std::size_t>(t)];
    if (net >= 0.0) {
      cost.import_usd += hours * net * Or(root.import_price_usd_per_kwh, t, 0.0);
      cost.carbon_usd += hours * net * Or(root.carbon_of_import_kg_per_kwh, t, 0.0) * problem.carbon_price_usd_per_kg;
      highest = std::max(highest, net);
    } else {
      cost.export_usd -= hours * net * Or(root.export_price_usd_per_kwh, t, 0.0);
    }
  }
  cost.peak_usd += (highest - root.peak_so_far_kw) * root.peak_charge_usd_per_kw;
  cost.flattening_usd += hours * root.flattening_usd_per_kwh * SpreadAroundMedian(net_import);
}

}  // namespace

CostBreakdown RecomputeCost(const Problem& problem, const Solution& solution) {
  const double hours = absl::ToDoubleHours(problem.interval_length);
  CostBreakdown cost;
  for (std::size_t i = 0; i < problem.devices.size(); ++i) {
    const DeviceSchedule& schedule = solution.devices[i];
    const auto& kind = problem.devices[i].kind;
    if (const auto* renewable = std::get_if<Renewable>(&kind)) {
      double available = 0.0;
      for (int t = 0; t < problem.interval_count; ++t) available += problem.at(renewable->availability_kw, t);
      const double taken = Sum(schedule.power_kw);
      cost.generation_usd += hours * renewable->marginal_cost_usd_per_kwh * taken;
      cost.curtailment_usd += hours * renewable->curtailment_price_usd_per_kwh * (available - taken);
    } else if (const auto* storage = std::get_if<Storage>(&kind)) {
      cost.wear_usd += hours * storage->wear_usd_per_kwh * Sum(schedule.discharge_kw);
    } else if (const auto* hydro = std::get_if<Hydro>(&kind)) {
      cost.generation_usd += hours * hydro->marginal_cost_usd_per_kwh * Sum(schedule.power_kw);
    } else if (const auto* unit = std::get_if<Unit>(&kind)) {
      AddUnitCost(problem, *unit, schedule, cost);
    } else if (const auto* load = std::get_if<FlexibleLoad>(&kind); load->undelivered_usd_per_kwh) {
      cost.lost_load_usd += *load->undelivered_usd_per_kwh * (load->energy_kwh + hours * Sum(schedule.power_kw));
    }
  }
  for (std::size_t r = 0; r < problem.regions.size(); ++r) {
    const RegionSchedule& schedule = solution.regions[r];
    cost.lost_load_usd += hours * problem.value_of_lost_load_usd_per_kwh * Sum(schedule.shed_kw);
    cost.over_generation_usd += hours * problem.over_generation_price_usd_per_kwh * Sum(schedule.over_kw);
    cost.reserve_usd += hours * problem.reserve_up_price_usd_per_kwh * Sum(schedule.reserve_short_up_kw);
    cost.reserve_usd += hours * problem.reserve_down_price_usd_per_kwh * Sum(schedule.reserve_short_down_kw);
    if (problem.regions[r].parent < 0) AddGrid(problem, problem.regions[r], schedule.net_import_kw, cost);
  }
  return cost;
}

}  // namespace derms::dispatch::checking
