#include "services/registry/stats_handlers.h"

#include <optional>
#include <string>

#include "libs/base/error.h"
#include "libs/wire/convert_der.h"
#include "services/registry/der_lookup.h"
#include "services/registry/der_view.h"

namespace derms::registry {
namespace {

v1::GetStatsResponse FiguresOf(const store::FleetStats& stats) {
  v1::GetStatsResponse response;
  for (const auto& of_type : stats.types) {
    v1::TypeStats& figures = *response.add_types();
    figures.set_type(wire::ToProto(of_type.type));
    figures.set_count(of_type.count);
    figures.set_capacity_kw(of_type.capacity_kw);
    if (of_type.measured_power_kw) figures.set_measured_power_kw(*of_type.measured_power_kw);
    response.set_der_count(response.der_count() + of_type.count);
    response.set_capacity_kw(response.capacity_kw() + of_type.capacity_kw);
  }
  for (const auto& [status, count] : stats.statuses) {
    v1::StatusStats& figures = *response.add_statuses();
    figures.set_status(wire::ToProto(status));
    figures.set_count(count);
  }
  response.set_live_emergency_count(stats.live_emergency_count);
  return response;
}

}  // namespace

absl::StatusOr<v1::GetStatsResponse> StatsHandlers::GetStats(server::Call& call,
                                                             const v1::GetStatsRequest& request) const {
  const auto regions = fleet_.Regions();
  std::optional<std::string> region_id;
  if (!request.region_id().empty()) {
    RETURN_IF_ERROR(CheckRegionKnown(call, *regions, request.region_id(), "region_id"));
    region_id = request.region_id();
  }
  const auto measured = [&](const domain::Der& der) { return SeesAll(call.caller(), der, *regions); };
  v1::GetStatsResponse response = FiguresOf(fleet_.Stats(region_id, measured, call.now()));
  response.set_age_seconds(absl::ToDoubleSeconds(fleet_.Age()));
  return response;
}

}  // namespace derms::registry
