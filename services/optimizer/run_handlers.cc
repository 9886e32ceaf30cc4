#include "services/optimizer/run_handlers.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/wire/convert_time.h"
#include "libs/wire/page_token.h"
#include "services/optimizer/run_json.h"
#include "services/optimizer/run_summary.h"

namespace derms::optimizer {
namespace {

constexpr absl::Duration kShownPast = absl::Hours(24);  // of the schedule in force, so that a day shows whole
constexpr std::size_t kDefaultSetPoints = 1000;
constexpr std::size_t kMaxSetPoints = 10'000;

// Regions whose runs and schedules the caller may see; none: all of them.
std::optional<std::vector<std::string>> OperatedRegions(const domain::Caller& caller,
                                                        const domain::RegionTree& regions) {
  if (caller.Operates("", regions)) return std::nullopt;
  std::vector<std::string> operated;
  for (const auto& [id, region] : regions.all()) {
    if (caller.Operates(id, regions)) operated.push_back(id);
  }
  return operated;
}

bool Contains(const std::vector<std::string>& list, const std::string& id) {
  return std::find(list.begin(), list.end(), id) != list.end();
}

v1::OptimizationSchedule ToProto(const store::SetPoint& point) {
  v1::OptimizationSchedule schedule;
  schedule.set_der_id(point.der_id);
  *schedule.mutable_timestamp() = wire::ToProto(point.starts_at);
  schedule.set_power_output_kw(point.power_kw);
  schedule.set_priority(point.priority);
  schedule.set_grid_stability_score(point.grid_stability_score);
  if (point.state_of_charge_kwh) schedule.set_state_of_charge_kwh(*point.state_of_charge_kwh);
  schedule.set_run_id(point.run_id);
  return schedule;
}

}  // namespace

absl::StatusOr<v1::GetRunResponse> RunHandlers::GetRun(server::Call& call, const v1::GetRunRequest& request) const {
  ASSIGN_OR_RETURN(const auto stored, queries_.GetRun(request.run_id(), call.deadline()));
  if (!stored) return RunNotFound(request.run_id());
  RETURN_IF_ERROR(call.RequireRegion(stored->region_id, *fleet_.Regions()).status());
  v1::GetRunResponse response;
  ASSIGN_OR_RETURN(*response.mutable_run(), RunFromStored(*stored));
  return response;
}

absl::StatusOr<v1::ListRunsResponse> RunHandlers::ListRuns(server::Call& call,
                                                           const v1::ListRunsRequest& request) const {
  const std::shared_ptr<const domain::RegionTree> regions = fleet_.Regions();
  store::RunFilter filter{.applied_only = request.applied_only()};
  if (!request.region_id().empty()) {
    RETURN_IF_ERROR(call.RequireRegion(request.region_id(), *regions).status());
    filter.region_id = request.region_id();
  }
  if (request.state() != v1::RUN_STATE_UNSPECIFIED) filter.state = static_cast<domain::RunState>(request.state());
  const auto operated = OperatedRegions(call.caller(), *regions);
  call.MarkFiltered();
  ASSIGN_OR_RETURN(const auto before, wire::ReadTimePageToken(request));
  const std::size_t limit = wire::PageSize(request.page_size());
  ASSIGN_OR_RETURN(const auto rows, queries_.ListRuns(filter, before, limit, call.deadline()));
  v1::ListRunsResponse response;
  for (const auto& row : rows) {
    if (operated && !Contains(*operated, row.region_id)) continue;
    ASSIGN_OR_RETURN(v1::OptimizationRun run, RunFromStored(row));
    *response.add_runs() = SummaryOf(std::move(run));
  }
  if (rows.size() == limit) {
    response.set_next_page_token(wire::MakePageToken(request, rows.back().created_at, rows.back().run_id));
  }
  return response;
}

absl::StatusOr<v1::ListSchedulesResponse> RunHandlers::ListSchedules(server::Call& call,
                                                                     const v1::ListSchedulesRequest& request) const {
  const std::shared_ptr<const domain::RegionTree> regions = fleet_.Regions();
  store::ScheduleFilter filter;
  if (!request.der_id().empty()) {
    const auto der = fleet_.FindDer(request.der_id());
    if (der == nullptr) {
      call.Miss(request.der_id());
      return base::NotFound("DER_NOT_FOUND", absl::StrCat("there is no DER ", request.der_id()));
    }
    RETURN_IF_ERROR(call.RequireDer(der->ownership(), *regions).status());
    filter.der_id = request.der_id();
  }
  if (!request.region_id().empty()) {
    for (const domain::Region* region : regions->WithParts(request.region_id())) {
      filter.region_ids.push_back(region->region_id);
    }
    if (filter.region_ids.empty()) {
      return base::NotFound("REGION_NOT_FOUND", absl::StrCat("there is no region ", request.region_id()));
    }
  }
  RETURN_IF_ERROR(Restrict(call, *regions, filter));
  if (!request.run_id().empty()) filter.run_id = request.run_id();
  if (request.has_from()) {
    filter.from = wire::FromProto(request.from());
  } else if (!filter.run_id) {
    filter.from = call.now() - kShownPast;
  }
  if (request.has_until()) filter.until = wire::FromProto(request.until());

  ASSIGN_OR_RETURN(const auto page_start, wire::ReadTimePageToken(request));
  const auto [after_time, after_der_id] = page_start.value_or(wire::TimeKey(absl::InfinitePast(), ""));
  const std::size_t limit = wire::PageSize(request.page_size(), kDefaultSetPoints, kMaxSetPoints);
  ASSIGN_OR_RETURN(const auto points, queries_.ListSchedules(filter, after_der_id, after_time, limit, call.deadline()));
  v1::ListSchedulesResponse response;
  for (const auto& point : points) *response.add_schedules() = ToProto(point);
  if (points.size() == limit) {
    response.set_next_page_token(wire::MakePageToken(request, points.back().starts_at, points.back().der_id));
  }
  return response;
}

absl::Status RunHandlers::Restrict(server::Call& call, const domain::RegionTree& regions,
                                   store::ScheduleFilter& filter) {
  const auto operated = OperatedRegions(call.caller(), regions);
  call.MarkFiltered();
  if (!operated) return absl::OkStatus();
  if (operated->empty()) {  // an owner: own DERs only
    filter.owner_id = call.caller().subject;
    return absl::OkStatus();
  }
  if (filter.region_ids.empty()) {
    filter.region_ids = *operated;
    return absl::OkStatus();
  }
  for (const std::string& id : filter.region_ids) {
    if (!Contains(*operated, id)) {
      return base::PermissionDenied("UNAUTHORIZED", absl::StrCat("region ", id, " is not among those you operate"));
    }
  }
  return absl::OkStatus();
}

}  // namespace derms::optimizer
