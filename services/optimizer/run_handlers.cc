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
#include "services/optimizer/schedule_scope.h"

namespace derms::optimizer {
namespace {

constexpr absl::Duration kShownPast = absl::Hours(24);  // of the schedule in force, so that a day shows whole
constexpr std::size_t kDefaultSetPoints = 1000;
constexpr std::size_t kMaxSetPoints = 10'000;

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
  ASSIGN_OR_RETURN(store::ScheduleFilter filter, ScheduleScopeOf(call, fleet_, request.der_id(), request.region_id()));
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

}  // namespace derms::optimizer
