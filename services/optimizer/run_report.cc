#include "services/optimizer/run_report.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "libs/dispatch/schedule_scores.h"
#include "libs/wire/convert_time.h"
#include "libs/wire/dispatch/certificate.h"
#include "services/optimizer/der_curves.h"

namespace derms::optimizer {
namespace {

void ReportCost(const dispatch::CostBreakdown& cost, v1::CostBreakdown& report) {
  report.set_import_usd(cost.import_usd);
  report.set_export_usd(-cost.export_usd);
  report.set_generation_usd(cost.generation_usd);
  report.set_wear_usd(cost.wear_usd);
  report.set_commitment_usd(cost.start_usd);
  report.set_unserved_usd(cost.lost_load_usd);
  report.set_over_generation_usd(cost.over_generation_usd);
  // Nothing but the objective puts a price on carbon.
  report.set_objective_usd(cost.peak_usd + cost.flattening_usd + cost.curtailment_usd + cost.reserve_usd +
                           cost.carbon_usd);
}

// What the area asks for, what is missing and what it costs.
void ReportReserve(const dispatch::Region& region, const dispatch::RegionSchedule& schedule, std::size_t t,
                   v1::IntervalResult& report) {
  if (!region.reserve_up_kw.empty()) {
    report.set_reserve_up_kw(region.reserve_up_kw[t]);
    report.set_reserve_short_up_kw(schedule.reserve_short_up_kw[t]);
    const auto& prices = schedule.reserve_up_price_usd_per_kw;
    if (!prices.empty()) report.set_reserve_up_price_usd_per_kw(prices[t]);
  }
  if (!region.reserve_down_kw.empty()) {
    report.set_reserve_down_kw(region.reserve_down_kw[t]);
    report.set_reserve_short_down_kw(schedule.reserve_short_down_kw[t]);
    const auto& prices = schedule.reserve_down_price_usd_per_kw;
    if (!prices.empty()) report.set_reserve_down_price_usd_per_kw(prices[t]);
  }
}

// Sums over the area (region 0 and its parts) in one interval.
void ReportInterval(const dispatch::Problem& problem, const dispatch::Solution& solution, std::size_t t,
                    v1::IntervalResult& report) {
  double load_kw = 0, unserved_kw = 0, generation_kw = 0, storage_kw = 0, curtailed_kw = 0;
  for (std::size_t r = 0; r < problem.regions.size(); ++r) {
    if (!problem.regions[r].demand_kw.empty()) load_kw += problem.regions[r].demand_kw[t];
    if (!solution.regions[r].shed_kw.empty()) unserved_kw += solution.regions[r].shed_kw[t];
  }
  for (std::size_t d = 0; d < problem.devices.size(); ++d) {
    const auto& schedule = solution.devices[d];
    const bool storage = std::holds_alternative<dispatch::Storage>(problem.devices[d].kind);
    (storage ? storage_kw : generation_kw) += schedule.power_kw[t];
    if (!schedule.curtailed_kw.empty()) curtailed_kw += schedule.curtailed_kw[t];
  }
  const double net_import_kw = solution.regions[0].net_import_kw[t];
  report.set_load_kw(load_kw);
  report.set_generation_kw(generation_kw);
  report.set_storage_kw(storage_kw);
  report.set_import_kw(std::max(0.0, net_import_kw));
  report.set_export_kw(std::max(0.0, -net_import_kw));
  report.set_curtailed_kw(curtailed_kw);
  report.set_unserved_kw(unserved_kw);
  ReportReserve(problem.regions[0], solution.regions[0], t, report);
  const auto& prices = solution.regions[0].shadow_price_usd_per_kwh;
  if (!prices.empty()) report.set_shadow_price_usd_per_kwh(prices[t]);
}

std::string ConstraintName(const dispatch::BindingConstraint& binding, const Horizon& horizon) {
  const std::string when =
      binding.interval < 0 ? std::string("the whole horizon") : MinuteText(horizon.interval_start(binding.interval));
  return absl::StrCat(binding.name, " of ", binding.subject, " at ", when);
}

std::string PredictionNote(const BuiltProblem& built) {
  const std::string note = absl::StrCat(
      "the availability of ", built.predicted_ids.size(), " DERs that name no series, of ", built.predicted_ids.front(),
      " first, was predicted from ", absl::StrJoin(built.predicted_series_ids, ", "), ", ", built.predicted_plant_count,
      " with the plant they were registered with, the others with that of docs/forecast.md");
  if (!built.robust) return note;
  if (!built.robust->covers_predictions) {
    return note +
           "; the robust reserve does not cover its errors: the past of the weather is too short, or they are too many";
  }
  return note + "; the robust reserve covers what its weather does, not what the plants' models err";
}

}  // namespace

void ReportProblem(const BuiltProblem& built, v1::OptimizationRun& run) {
  run.set_der_count(static_cast<int>(built.problem.devices.size()));
  run.set_excluded_count(static_cast<int>(built.excluded.size()));
  for (const ExcludedDer& excluded : built.excluded) {
    if (run.excluded_size() == kMaxListedExcluded) break;
    auto* listed = run.add_excluded();
    listed->set_der_id(excluded.der_id);
    listed->set_reason(excluded.reason);
    listed->set_detail(excluded.detail);
  }
  run.set_input_digest(ProblemDigest(built.problem));
  if (built.grid.settings) run.add_notes(SettingsNote(*built.grid.settings, built.grid.standard().nominal_hz()));
  if (!built.predicted_ids.empty()) run.add_notes(PredictionNote(built));
}

void ReportSolution(const BuiltProblem& built, const Horizon& horizon, const dispatch::Solution& solution,
                    v1::OptimizationRun& run) {
  run.set_state(solution.status == dispatch::SolveStatus::kOptimal ? v1::RUN_STATE_OPTIMAL : v1::RUN_STATE_FEASIBLE);
  run.set_objective_usd(solution.objective_usd());
  ReportCost(solution.cost, *run.mutable_cost());
  run.set_bound_proof(wire::ToProto(solution.bound_kind));
  if (solution.bound_kind != dispatch::BoundKind::kNone) {
    run.set_lower_bound_usd(solution.lower_bound_usd);
    run.set_gap(solution.relative_gap());
  }
  run.set_solver(solution.solver);
  for (const std::string& note : solution.notes) run.add_notes(note);
  run.set_solve_seconds(solution.seconds);
  for (int t = 0; t < horizon.interval_count; ++t) {
    auto* interval = run.add_intervals();
    *interval->mutable_starts_at() = wire::ToProto(horizon.interval_start(t));
    ReportInterval(built.problem, solution, static_cast<std::size_t>(t), *interval);
  }
  for (const auto& binding : solution.binding) {
    if (run.binding_constraints_size() == kMaxListedConstraints) break;
    run.add_binding_constraints(ConstraintName(binding, horizon));
  }
}

domain::Schedules SchedulesOf(const BuiltProblem& built, const dispatch::Solution& solution,
                              const std::vector<RegionStability>& stability) {
  const auto priorities = dispatch::PrioritiesOf(built.problem, solution);
  domain::Schedules schedules;
  schedules.interval_count = built.problem.interval_count;
  schedules.der_ids = built.der_ids;
  const auto append = [](const auto& values, auto& to) {
    for (const auto value : values) to.push_back(static_cast<typename std::decay_t<decltype(to)>::value_type>(value));
  };
  for (std::size_t d = 0; d < built.der_ids.size(); ++d) {
    const auto& schedule = solution.devices[d];
    append(schedule.power_kw, schedules.power_kw);
    schedules.is_storage.push_back(!schedule.state_of_charge_kwh.empty());
    append(schedule.state_of_charge_kwh, schedules.state_of_charge_kwh);
    append(priorities[d], schedules.priority);
    append(stability[static_cast<std::size_t>(built.problem.devices[d].region)].scores, schedules.grid_stability_score);
  }
  return schedules;
}

}  // namespace derms::optimizer
