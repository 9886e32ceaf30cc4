#include "services/optimizer/grid_stability.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "libs/wire/convert_time.h"
#include "services/optimizer/grid_need.h"

namespace derms::optimizer {
namespace {

using dispatch::Series;
using gridcode::StabilityMargins;
using gridcode::SupplyMargin;

GridState NominalGrid(const dispatch::Problem& problem) {
  BuiltProblem plain;
  plain.problem.interval_count = problem.interval_count;
  plain.problem.regions = problem.regions;
  RegionConditions nominal;
  nominal.by_interval.assign(static_cast<std::size_t>(problem.interval_count),
                             gridcode::GridConditions::Nominal(plain.grid.standard().nominal_hz()));
  FindGridNeed(std::vector<RegionConditions>(problem.regions.size(), nominal), plain);
  return std::move(plain.grid);
}

// What inverters can give, either way: at most what their ratings say, else what they must be able to, and what the
// circle leaves beside their power.
std::vector<Series> ReactiveRoom(const BuiltProblem& built, const dispatch::Solution& solution) {
  const dispatch::Problem& problem = built.problem;
  std::vector<Series> room(problem.regions.size(), Series(static_cast<std::size_t>(problem.interval_count), 0));
  for (std::size_t i = 0; i < built.grid.apparent_kva.size(); ++i) {
    const double kva = built.grid.apparent_kva[i];
    if (kva <= 0) continue;
    const double most_kvar = built.grid.ReactiveKvar(i);
    const Series& power_kw = solution.devices[i].power_kw;
    Series& of_region = room[static_cast<std::size_t>(problem.devices[i].region)];
    for (std::size_t t = 0; t < of_region.size(); ++t) {
      const double left = kva * kva - power_kw[t] * power_kw[t];
      if (left > 0) of_region[t] += std::min(most_kvar, std::sqrt(left));
    }
  }
  for (std::size_t r = room.size(); r-- > 0;) {
    const int parent = problem.regions[r].parent;
    if (parent < 0) continue;
    for (std::size_t t = 0; t < room[r].size(); ++t) room[static_cast<std::size_t>(parent)][t] += room[r][t];
  }
  return room;
}

// Reserve of the area for its usual need and what its frequency asks for; ramps against its net load.
double ReserveMargin(const dispatch::RegionSupply& supply, const GridNeed& need, const Series& usual_kw,
                     std::size_t t) {
  const double usual = usual_kw.empty() ? 0 : usual_kw[t];
  return std::min(SupplyMargin(supply.headroom_up_kw[t], usual + need.up_kw[t]),
                  SupplyMargin(supply.headroom_down_kw[t], usual + need.down_kw[t]));
}

double RampMargin(const dispatch::RegionSupply& supply, std::size_t t) {
  const double change_kw = supply.net_load_change_kw[t];
  return change_kw > 0 ? SupplyMargin(supply.ramp_up_kw[t], change_kw)
                       : SupplyMargin(supply.ramp_down_kw[t], -change_kw);
}

void Judge(const GridState& grid, std::vector<RegionStability>& all) {
  const RegionStability& area = all[0];
  for (std::size_t r = 0; r < all.size(); ++r) {
    const RegionGrid& region = grid.regions[r];
    for (std::size_t t = 0; t < region.conditions.by_interval.size(); ++t) {
      StabilityMargins margins;
      if (t > 0 && region.conditions.by_interval[t] == region.conditions.by_interval[t - 1]) {
        margins = all[r].margins.back();
      } else {
        margins.frequency = grid.standard().FrequencyMargin(region.conditions.by_interval[t]);
        margins.voltage = grid.standard().VoltageMargin(region.conditions.by_interval[t]);
      }
      margins.reserve = ReserveMargin(area.supply, grid.regions[0].need, area.supply.usual_reserve_kw, t);
      if (r > 0 && region.own_frequency) {
        margins.reserve = std::min(margins.reserve, ReserveMargin(all[r].supply, region.need, {}, t));
      }
      margins.ramp = RampMargin(area.supply, t);
      all[r].margins.push_back(margins);
      all[r].scores.push_back(gridcode::GridStabilityScore(margins));
    }
  }
}

void ReportExpected(const RegionGrid& region, std::size_t t, v1::GridStability& at) {
  const gridcode::GridConditions& conditions = region.conditions.by_interval[t];
  at.set_lowest_frequency_hz(conditions.lowest_hz);
  at.set_highest_frequency_hz(conditions.highest_hz);
  at.set_lowest_voltage_pu(conditions.lowest_v_pu);
  at.set_highest_voltage_pu(conditions.highest_v_pu);
  at.set_need_up_kw(region.need.up_kw[t]);
  at.set_need_down_kw(region.need.down_kw[t]);
  at.set_need_inject_kvar(region.need.inject_kvar[t]);
  at.set_need_absorb_kvar(region.need.absorb_kvar[t]);
}

void ReportSchedule(const RegionStability& stability, const dispatch::RegionSchedule& schedule, std::size_t t,
                    v1::GridStability& at) {
  at.set_headroom_up_kw(stability.supply.headroom_up_kw[t]);
  at.set_headroom_down_kw(stability.supply.headroom_down_kw[t]);
  at.set_reactive_room_kvar(stability.reactive_room_kvar[t]);
  const auto &up = schedule.reserve_up_price_usd_per_kw, &down = schedule.reserve_down_price_usd_per_kw;
  if (!up.empty()) at.set_price_up_usd_per_kw(up[t]);
  if (!down.empty()) at.set_price_down_usd_per_kw(down[t]);
  const StabilityMargins& margins = stability.margins[t];
  at.set_frequency_margin(margins.frequency);
  at.set_voltage_margin(margins.voltage);
  at.set_reserve_margin(margins.reserve);
  at.set_ramp_margin(margins.ramp);
  at.set_score(stability.scores[t]);
}

}  // namespace

std::vector<RegionStability> StabilityOf(const BuiltProblem& built, const dispatch::Solution& solution) {
  std::vector<dispatch::RegionSupply> supply = dispatch::SupplyOf(built.problem, solution);
  std::vector<Series> room = ReactiveRoom(built, solution);
  std::vector<RegionStability> all(supply.size());
  for (std::size_t r = 0; r < all.size(); ++r) {
    all[r].supply = std::move(supply[r]);
    all[r].reactive_room_kvar = std::move(room[r]);
  }
  if (built.grid.regions.empty()) {
    Judge(NominalGrid(built.problem), all);
  } else {
    Judge(built.grid, all);
  }
  return all;
}

void ReportGridNeed(const BuiltProblem& built, const Horizon& horizon, v1::GridStabilityReport& report) {
  report.set_asked(built.grid.asked);
  int left = kMostStabilityIntervals;
  for (std::size_t r = 0; r < built.grid.regions.size(); ++r) {
    left -= horizon.interval_count;
    if (left < 0) break;
    const RegionGrid& region = built.grid.regions[r];
    v1::RegionGridStability& told = *report.add_regions();
    told.set_region_id(built.problem.regions[r].id);
    told.set_frequency_source(static_cast<v1::GridConditionSource>(region.conditions.frequency));
    told.set_voltage_source(static_cast<v1::GridConditionSource>(region.conditions.voltage));
    told.set_frequency_der_count(region.conditions.frequency_der_count);
    told.set_voltage_der_count(region.conditions.voltage_der_count);
    for (int t = 0; t < horizon.interval_count; ++t) {
      v1::GridStability& at = *told.add_intervals();
      *at.mutable_starts_at() = wire::ToProto(horizon.interval_start(t));
      ReportExpected(region, static_cast<std::size_t>(t), at);
    }
  }
}

void ReportStability(const BuiltProblem& built, const Horizon& horizon, const dispatch::Solution& solution,
                     const std::vector<RegionStability>& stability, v1::GridStabilityReport& report) {
  ReportGridNeed(built, horizon, report);
  int least = 10;
  for (const RegionStability& region : stability) {
    for (const int score : region.scores) least = std::min(least, score);
  }
  report.set_least_score(least);
  for (int r = 0; r < report.regions_size(); ++r) {
    const auto region = static_cast<std::size_t>(r);
    for (int t = 0; t < horizon.interval_count; ++t) {
      ReportSchedule(stability[region], solution.regions[region], static_cast<std::size_t>(t),
                     *report.mutable_regions(r)->mutable_intervals(t));
    }
  }
}

}  // namespace derms::optimizer
