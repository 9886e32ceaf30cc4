#include "services/optimizer/optimize_handlers.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "libs/base/error.h"
#include "libs/dispatch/objectives.h"
#include "libs/wire/convert_time.h"
#include "services/optimizer/area.h"
#include "services/optimizer/grid_need.h"
#include "services/optimizer/grid_run.h"
#include "services/optimizer/grid_stability.h"
#include "services/optimizer/initial_state.h"
#include "services/optimizer/predicted_availability.h"
#include "services/optimizer/robust_run.h"
#include "services/optimizer/run_end.h"
#include "services/optimizer/run_json.h"
#include "services/optimizer/run_report.h"
#include "services/optimizer/run_summary.h"
#include "services/optimizer/water_budget.h"

namespace derms::optimizer {
namespace {

constexpr int kDefaultIntervalCount = 24;
constexpr absl::Duration kDefaultTimeLimit = absl::Seconds(30);
constexpr absl::Duration kReplyMargin = absl::Seconds(1);  // left for storing the run before the caller's deadline
constexpr double kDefaultGapTolerance = 1e-4;
// Of a run that goes on from another, when no tolerance is asked for: what a re-solve reaches at a fraction of the
// cost.
constexpr double kDefaultResumeGap = 2e-3;
constexpr std::size_t kMaxScheduleValues = 50'000'000;  // DERs x intervals of one run

absl::StatusOr<Horizon> HorizonOf(const v1::OptimizeResourcesRequest& request, absl::Time now) {
  base::Violations violations;
  Horizon horizon;
  horizon.interval = request.has_interval() ? wire::FromProto(request.interval()) : absl::Hours(1);
  if (!DividesADay(horizon.interval)) violations.Add("interval", kIntervalRule);
  RETURN_IF_ERROR(violations.ToStatus());
  horizon.interval_count = request.interval_count() > 0 ? request.interval_count() : kDefaultIntervalCount;
  const absl::Duration since_epoch = now - absl::UnixEpoch();
  horizon.starts_at = request.has_starts_at() ? wire::FromProto(request.starts_at())
                                              : absl::UnixEpoch() + absl::Ceil(since_epoch, horizon.interval);
  horizon.series_starts_at =
      request.has_series_starts_at() ? wire::FromProto(request.series_starts_at()) : horizon.starts_at;
  if (request.apply() && horizon.ends_at() <= now) {
    return base::FailedPrecondition("HORIZON_PAST",
                                    "the horizon is over and cannot be applied; leave out apply for a "
                                    "study, or set series_starts_at and a starts_at from now on");
  }
  return horizon;
}

dispatch::ObjectiveWeights WeightsOf(const v1::OptimizeResourcesRequest& request) {
  dispatch::ObjectiveWeights weights;
  for (const auto& objective : request.objectives()) {
    switch (objective.objective()) {
      case v1::OBJECTIVE_COST:
        weights.cost = objective.weight();
        break;
      case v1::OBJECTIVE_RENEWABLE:
        weights.renewable = objective.weight();
        break;
      case v1::OBJECTIVE_STABILITY:
        weights.stability = objective.weight();
        break;
      case v1::OBJECTIVE_LOAD_BALANCE:
        weights.load_balance = objective.weight();
        break;
      case v1::OBJECTIVE_CARBON:
        weights.carbon = objective.weight();
        break;
      default:
        break;  // the validator refuses unknown values
    }
  }
  return weights;
}

dispatch::SolveOptions OptionsOf(const v1::OptimizeResourcesRequest& request, const server::Call& call) {
  dispatch::SolveOptions options;
  const absl::Duration asked = request.has_time_limit() ? wire::FromProto(request.time_limit()) : kDefaultTimeLimit;
  const absl::Duration left = call.deadline() - call.now() - kReplyMargin;
  options.time_limit = request.background() ? asked : std::max(absl::ZeroDuration(), std::min(asked, left));
  options.relative_gap = request.has_gap_tolerance() ? request.gap_tolerance() : kDefaultGapTolerance;
  options.resume_gap = request.has_gap_tolerance() ? request.gap_tolerance() : kDefaultResumeGap;
  return options;
}

v1::OptimizationRun DescribeRequest(const v1::OptimizeResourcesRequest& request, const server::Call& call,
                                    const domain::Region& area, const Horizon& horizon) {
  v1::OptimizationRun run;
  run.set_region_id(area.region_id);
  *run.mutable_starts_at() = wire::ToProto(horizon.starts_at);
  *run.mutable_interval() = wire::ToProto(horizon.interval);
  run.set_interval_count(horizon.interval_count);
  *run.mutable_objectives() = request.objectives();
  *run.mutable_series_starts_at() = wire::ToProto(horizon.series_starts_at);
  run.set_carbon_series_id(area.carbon_series_id);
  run.set_requested_by(call.caller().subject);
  *run.mutable_created_at() = wire::ToProto(call.now());
  return run;
}

std::optional<ResumeKey> ResumeKeyOf(const RunOrigin& origin) {
  if (origin.policy_id.empty() || !origin.fence) return std::nullopt;
  return ResumeKey{origin.policy_id, origin.policy_revision, origin.fence->token};
}

RunDone AnswerWithRun(const OptimizeHandlers::Answer& done) {
  return [done](absl::StatusOr<v1::OptimizationRun> run) {
    if (!run.ok()) return done(run.status());
    OptimizeHandlers::Response response;
    *response.mutable_run() = *std::move(run);
    done(std::move(response));
  };
}

}  // namespace

absl::StatusOr<BuiltProblem> OptimizeHandlers::Build(const server::Call& call,
                                                     const v1::OptimizeResourcesRequest& request,
                                                     const domain::RegionTree& regions, std::string_view area_id,
                                                     const Horizon& horizon) const {
  ProblemInput input;
  input.regions = regions.WithParts(area_id);
  input.horizon = horizon;
  input.now = call.now();
  std::vector<GivenConditions> given = GivenOf(request);
  base::Violations violations;
  CheckGiven(given, input.regions, "", violations);
  RETURN_IF_ERROR(violations.ToStatus());
  for (const int type : request.excluded_types()) input.excluded_types.push_back(static_cast<domain::DerType>(type));
  store::DerFilter filter;
  filter.region_id = std::string(area_id);
  const std::size_t limit = kMaxScheduleValues / static_cast<std::size_t>(horizon.interval_count);
  const store::DerPage page = fleet_.ListDers(filter, "", limit, call.now());
  if (!page.next_after_der_id.empty()) {
    return base::FailedPrecondition("TOO_LARGE", absl::StrCat("more than ", limit, " DERs for ", horizon.interval_count,
                                                              " intervals; optimise a part of the area"));
  }
  for (const auto& der : page.ders) {
    input.fleet.push_back({*der, fleet_.StatusOf(*der, call.now()), fleet_.LatestReading(der->der_id)});
  }
  std::vector<std::string> wanted = NeededSeries(input.regions, input.fleet);
  for (std::string& id : WeatherSeriesOf(input.fleet, regions)) wanted.push_back(std::move(id));
  for (std::string& id : ForecastSeriesOf(input.regions)) wanted.push_back(std::move(id));
  ASSIGN_OR_RETURN(auto pieces,
                   queries_.LoadSeries(wanted, horizon.series_starts_at, horizon.series_ends_at(), call.deadline()));
  for (auto& piece : pieces) {
    std::string id = piece.series_id;
    input.series.emplace(std::move(id), std::move(piece));
  }
  PredictMissingAvailability(regions, input);
  if (StartsNear(horizon, call.now())) {
    ASSIGN_OR_RETURN(input.planned,
                     queries_.LoadPlannedStates(KeysOfPlannedRows(input.fleet), PlanNeededFrom(horizon, call.now()),
                                                horizon.starts_at, absl::InfiniteFuture(), call.deadline()));
    const std::vector<base::DerKey> water = KeysOfWaterRows(input.fleet);
    if (const absl::Time day = DayOf(horizon.starts_at); !water.empty() && day < horizon.starts_at) {
      ASSIGN_OR_RETURN(input.water, queries_.LoadPlannedStates(water, day, horizon.starts_at, absl::InfiniteFuture(),
                                                               call.deadline()));
    }
  }
  ASSIGN_OR_RETURN(BuiltProblem built, BuildProblem(input));
  const dispatch::ObjectiveWeights weights = WeightsOf(request);
  const bool serves_grid = weights.stability > 0 || !given.empty();
  RETURN_IF_ERROR(FindGrid(std::move(given), serves_grid, input, profiles_, queries_, call.deadline(), built));
  if (serves_grid) LimitInverters(built);
  RETURN_IF_ERROR(dispatch::ApplyObjectives(weights, {}, built.problem));
  if (request.has_robust()) {
    RETURN_IF_ERROR(AskForRobustReserve(request.robust(), input, queries_, call.deadline(), built));
  }
  if (serves_grid) AskForHeadroom(built);
  return built;
}

absl::StatusOr<server::Plan<OptimizeHandlers::Response>> OptimizeHandlers::PlanRun(
    server::Call& call, const v1::OptimizeResourcesRequest& request, std::shared_ptr<RunTicket>& ticket,
    const RunOrigin& origin) const {
  // A DER brought ONLINE a moment ago by the registry belongs into the plan.
  if (call.DoubtMemory()) return base::Unavailable("MEMORY_BEHIND", "memory has not caught up");
  const std::shared_ptr<const domain::RegionTree> regions = fleet_.Regions();
  ASSIGN_OR_RETURN(const std::string area_id, AreaOf(request.region_id(), *regions));
  ASSIGN_OR_RETURN(const domain::RegionAccess access, call.RequireRegion(area_id, *regions));
  ASSIGN_OR_RETURN(const Horizon horizon, HorizonOf(request, call.now()));
  ASSIGN_OR_RETURN(std::shared_ptr<void> place, executor_.Reserve());
  ASSIGN_OR_RETURN(BuiltProblem built, Build(call, request, *regions, area_id, horizon));

  server::Plan<Response> plan;
  v1::OptimizationRun& run = *plan.response.mutable_run();
  run = DescribeRequest(request, call, *regions->Find(area_id), horizon);
  ReportProblem(built, run);
  if (request.validate_only()) {
    ReportGridNeed(built, horizon, *run.mutable_grid_stability());
    return plan;
  }
  run.set_run_id(ids_.NewId());
  run.set_policy_id(origin.policy_id);
  run.set_state(v1::RUN_STATE_RUNNING);
  plan.mutation.writes.push_back(store::RunInsert(access, StoredRun(run, horizon, executor_.runner()), {}));
  ticket = std::make_shared<RunTicket>(RunTicket{.run = run,
                                                 .built = std::move(built),
                                                 .horizon = horizon,
                                                 .options = OptionsOf(request, call),
                                                 .apply = request.apply(),
                                                 .access = access,
                                                 .request_id = call.request_id(),
                                                 .fence = origin.fence,
                                                 .goes_on = ResumeKeyOf(origin),
                                                 .place = std::move(place)});
  return plan;
}

void OptimizeHandlers::Begin(const v1::OptimizeResourcesRequest& request, std::shared_ptr<const RunTicket> ticket,
                             Response committed, const Answer& done) const {
  if (!request.background()) return executor_.Begin(std::move(ticket), AnswerWithRun(done));
  executor_.Begin(std::move(ticket), [](const auto&) {});
  done(std::move(committed));
}

void OptimizeHandlers::FindAgain(const server::Call& call, const v1::OptimizeResourcesRequest& request,
                                 const Response& first, const Answer& done) const {
  if (request.validate_only()) return done(first);
  const std::string& run_id = first.run().run_id();
  if (!request.background() && board_.Join(run_id, AnswerWithRun(done))) return;
  const auto stored = queries_.GetRun(run_id, call.deadline());
  if (!stored.ok()) return done(stored.status());
  if (!*stored) return done(RunNotFound(run_id));
  auto run = RunFromStored(**stored);
  if (!run.ok()) return done(run.status());
  if (const absl::Status failure = FailureOf(*run); !failure.ok() && !request.background()) return done(failure);
  AnswerWithRun(done)(std::move(run));
}

}  // namespace derms::optimizer
