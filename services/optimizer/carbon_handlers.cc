#include "services/optimizer/carbon_handlers.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/wire/convert_time.h"
#include "libs/wire/page_token.h"
#include "services/optimizer/forecast_inputs.h"
#include "services/optimizer/horizon.h"
#include "services/optimizer/run_json.h"
#include "services/optimizer/run_summary.h"
#include "services/optimizer/schedule_scope.h"

namespace derms::optimizer {
namespace {

using Request = v1::GetScheduleCarbonRequest;
using Response = v1::GetScheduleCarbonResponse;

constexpr std::size_t kUsualRows = 1000, kMostRows = 10'000;
constexpr std::size_t kDersAtATime = 4096;

domain::EmissionScope ScopeOf(const Request& request) {
  return request.scope() == v1::CARBON_SCOPE_LIFE_CYCLE ? domain::EmissionScope::kLifeCycle
                                                        : domain::EmissionScope::kDirect;
}

domain::IntensityBasis BasisOf(const Request& request) {
  return request.basis() == v1::CARBON_BASIS_AVERAGE ? domain::IntensityBasis::kAverage
                                                     : domain::IntensityBasis::kMarginal;
}

// Where the run read its series.
Horizon HorizonOf(const v1::OptimizationRun& run) {
  const absl::Time starts_at = wire::FromProto(run.starts_at());
  return {.starts_at = starts_at,
          .interval = wire::FromProto(run.interval()),
          .interval_count = run.interval_count(),
          .series_starts_at = run.has_series_starts_at() ? wire::FromProto(run.series_starts_at()) : starts_at};
}

absl::Status NarrowToOwner(const server::Call& call, const std::string& owner_id, store::ScheduleFilter& filter) {
  if (owner_id.empty()) return absl::OkStatus();
  if (filter.owner_id && *filter.owner_id != owner_id) {
    return base::PermissionDenied("UNAUTHORIZED", absl::StrCat("owners see the carbon of their own DERs only; leave ",
                                                               "owner_id empty, ", call.caller().subject));
  }
  filter.owner_id = owner_id;
  return absl::OkStatus();
}

absl::Status RequireSchedule(const v1::OptimizationRun& run) {
  if (run.state() == v1::RUN_STATE_OPTIMAL || run.state() == v1::RUN_STATE_FEASIBLE) return absl::OkStatus();
  return base::FailedPrecondition("RUN_WITHOUT_SCHEDULE",
                                  absl::StrCat("run ", run.run_id(), " is ", v1::RunState_Name(run.state()).substr(10),
                                               " and has no schedule; name one that is OPTIMAL or FEASIBLE"));
}

void AddInputs(const Request& request, const v1::OptimizationRun& run, Response& response) {
  response.set_run_id(run.run_id());
  *response.mutable_starts_at() = run.starts_at();
  *response.mutable_interval() = run.interval();
  response.set_basis(request.basis() == v1::CARBON_BASIS_UNSPECIFIED ? v1::CARBON_BASIS_MARGINAL : request.basis());
  response.set_scope(request.scope() == v1::CARBON_SCOPE_UNSPECIFIED ? v1::CARBON_SCOPE_DIRECT : request.scope());
}

void AddSeriesAssumptions(const Request& request, const v1::OptimizationRun& run, const std::string& series_id,
                          Response& response) {
  response.add_assumptions(absl::StrCat("the values of ", series_id, " are those that are stored now"));
  if (request.basis() == v1::CARBON_BASIS_UNSPECIFIED) {
    response.add_assumptions(absl::StrCat(series_id, " is of the margin: the request does not say what it is"));
  }
  if (request.intensity_series_id().empty() && run.carbon_series_id().empty()) {
    response.add_assumptions(absl::StrCat("the run names no series of carbon: the one that its area has now counts"));
  }
  if (!run.has_series_starts_at()) {
    response.add_assumptions("the run does not tell where it read its series: they are read at its horizon");
  }
}

}  // namespace

absl::StatusOr<Response> CarbonHandlers::GetScheduleCarbon(server::Call& call, const Request& request) const {
  ASSIGN_OR_RETURN(store::ScheduleFilter filter, ScheduleScopeOf(call, fleet_, request.der_id(), request.region_id()));
  RETURN_IF_ERROR(NarrowToOwner(call, request.owner_id(), filter));
  filter.run_id = request.run_id();
  ASSIGN_OR_RETURN(const auto stored, queries_.GetRun(request.run_id(), call.deadline()));
  if (!stored) return RunNotFound(request.run_id());
  ASSIGN_OR_RETURN(const v1::OptimizationRun run, RunFromStored(*stored));
  RETURN_IF_ERROR(RequireSchedule(run));

  Response response;
  AddInputs(request, run, response);
  RETURN_IF_ERROR(AddIntensity(call, request, run, response));
  domain::CarbonQuestion question{
      .interval = wire::FromProto(run.interval()),
      .grid_kg_per_kwh = {response.grid_kg_per_kwh().begin(), response.grid_kg_per_kwh().end()},
      .intake_kg_per_kwh = {},
      .basis = BasisOf(request),
      .scope = ScopeOf(request)};
  if (request.intake() == v1::CARBON_INTAKE_AREA_MIX) {
    ASSIGN_OR_RETURN(question.intake_kg_per_kwh, AreaMixOf(call, run, question.grid_kg_per_kwh, question.scope));
    response.mutable_intake_kg_per_kwh()->Assign(question.intake_kg_per_kwh.begin(), question.intake_kg_per_kwh.end());
  }
  const absl::Duration interval = question.interval;
  ASSIGN_OR_RETURN(domain::CarbonLedger ledger, domain::CarbonLedger::Open(std::move(question)));
  CarbonBook book(std::move(ledger), interval,
                  request.has_initial_kg_per_kwh() ? std::optional(request.initial_kg_per_kwh()) : std::nullopt);
  RETURN_IF_ERROR(request.grouping() == v1::CARBON_GROUPING_OWNER ? AddOwners(call, request, filter, book, response)
                                                                  : AddDers(call, request, filter, book, response));
  response.set_method(book.method());
  for (std::string& sentence : book.Assumptions()) response.add_assumptions(std::move(sentence));
  return response;
}

absl::Status CarbonHandlers::AddIntensity(const server::Call& call, const Request& request,
                                          const v1::OptimizationRun& run, Response& response) const {
  std::string series_id = request.intensity_series_id();
  if (series_id.empty()) series_id = run.carbon_series_id();
  const std::shared_ptr<const domain::RegionTree> regions = fleet_.Regions();
  const domain::Region* area = regions->Find(run.region_id());
  if (series_id.empty() && area != nullptr) series_id = area->carbon_series_id;
  if (series_id.empty()) {
    return base::FailedPrecondition(
        "SERIES_MISSING",
        absl::StrCat("region ", run.region_id(), " names no series of carbon; give intensity_series_id, ",
                     "or set carbon_series_id with PutRegion"));
  }
  const Horizon horizon = HorizonOf(run);
  ASSIGN_OR_RETURN(const auto pieces, queries_.LoadSeries({series_id}, horizon.series_starts_at,
                                                          horizon.series_ends_at(), call.deadline()));
  if (pieces.empty()) {
    return base::FailedPrecondition("SERIES_MISSING",
                                    absl::StrCat("series ", series_id, " does not exist; store it with PutSeries"))
        .Metadata("series_id", series_id);
  }
  if (pieces[0].kind != domain::SeriesKind::kCarbonKgPerKwh) {
    return RefusedField("intensity_series_id", "must name a series of kind CARBON_KG_PER_KWH");
  }
  ASSIGN_OR_RETURN(const std::vector<double> grid, AlignSeries(pieces[0], horizon));
  response.set_intensity_series_id(series_id);
  response.mutable_grid_kg_per_kwh()->Assign(grid.begin(), grid.end());
  AddSeriesAssumptions(request, run, series_id, response);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<double>> CarbonHandlers::AreaMixOf(const server::Call& call, const v1::OptimizationRun& run,
                                                              const std::vector<double>& grid_kg_per_kwh,
                                                              domain::EmissionScope scope) const {
  std::vector<double> import_kw(grid_kg_per_kwh.size());
  for (int t = 0; t < std::min(run.intervals_size(), static_cast<int>(import_kw.size())); ++t) {
    import_kw[static_cast<std::size_t>(t)] = run.intervals(t).import_kw();
  }
  domain::AreaMix mix(grid_kg_per_kwh, import_kw);
  store::ScheduleFilter whole_run;
  whole_run.run_id = run.run_id();
  RETURN_IF_ERROR(VisitAll(call, whole_run, [&](const store::DerSchedule& schedule) {
    const auto generator = CarbonScheduleOf(schedule, wire::FromProto(run.interval()), std::nullopt);
    if (!generator.storage) mix.Add(generator.power_kw, domain::OwnKgPerKwh(generator, scope));
    return absl::OkStatus();
  }));
  return mix.Intensity();
}

absl::Status CarbonHandlers::VisitAll(const server::Call& call, const store::ScheduleFilter& filter,
                                      const Visit& visit) const {
  std::string after;
  for (bool more = true; more;) {
    ASSIGN_OR_RETURN(const auto schedules, queries_.ListRunSchedules(filter, after, kDersAtATime, call.deadline()));
    for (const store::DerSchedule& schedule : schedules) RETURN_IF_ERROR(visit(schedule));
    more = schedules.size() == kDersAtATime;
    if (more) after = schedules.back().der.der_id;
  }
  return absl::OkStatus();
}

absl::Status CarbonHandlers::AddDers(const server::Call& call, const Request& request,
                                     const store::ScheduleFilter& filter, CarbonBook& book, Response& response) const {
  ASSIGN_OR_RETURN(const std::vector<std::string> keys, wire::ReadPageToken(request, 1));
  const auto page_size = static_cast<int>(wire::PageSize(request.page_size(), kUsualRows, kMostRows));
  const auto add = [&](const store::DerSchedule& schedule) -> absl::Status {
    ASSIGN_OR_RETURN(v1::ScheduleCarbon row, book.Add(schedule));
    if (response.rows_size() < page_size) {
      *response.add_rows() = std::move(row);
    } else if (response.next_page_token().empty()) {
      response.set_next_page_token(wire::MakePageToken(request, {response.rows(page_size - 1).der_id()}));
    }
    return absl::OkStatus();
  };
  if (keys.empty()) {
    RETURN_IF_ERROR(VisitAll(call, filter, add));
    *response.mutable_total() = book.Total();
    return absl::OkStatus();
  }
  const auto limit = static_cast<std::size_t>(page_size) + 1;
  ASSIGN_OR_RETURN(const auto schedules, queries_.ListRunSchedules(filter, keys[0], limit, call.deadline()));
  for (std::size_t i = 0; i < schedules.size() && i + 1 < limit; ++i) RETURN_IF_ERROR(add(schedules[i]));
  if (schedules.size() == limit) {
    response.set_next_page_token(wire::MakePageToken(request, {response.rows(page_size - 1).der_id()}));
  }
  return absl::OkStatus();
}

absl::Status CarbonHandlers::AddOwners(const server::Call& call, const Request& request,
                                       const store::ScheduleFilter& filter, CarbonBook& book,
                                       Response& response) const {
  ASSIGN_OR_RETURN(const std::vector<std::string> keys, wire::ReadPageToken(request, 1));
  RETURN_IF_ERROR(VisitAll(call, filter, [&](const auto& schedule) { return book.Add(schedule).status(); }));
  const std::size_t page_size = wire::PageSize(request.page_size(), kUsualRows, kMostRows);
  std::vector<v1::ScheduleCarbon> rows = book.Owners(keys.empty() ? "" : keys[0], page_size + 1);
  if (rows.size() > page_size) {
    rows.pop_back();
    response.set_next_page_token(wire::MakePageToken(request, {rows.back().owner_id()}));
  }
  for (auto& row : rows) *response.add_rows() = std::move(row);
  if (keys.empty()) *response.mutable_total() = book.Total();
  return absl::OkStatus();
}

}  // namespace derms::optimizer
