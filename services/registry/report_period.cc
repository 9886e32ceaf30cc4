#include "services/registry/report_period.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/domain/rollup.h"
#include "libs/wire/convert_time.h"
#include "services/registry/der_lookup.h"

namespace derms::registry {
namespace {

using domain::Role;

absl::Status InvalidPeriod(const char* field, const std::string& rule) {
  return base::InvalidArgument("INVALID_PERIOD", absl::StrCat(field, " ", rule)).Field(field, rule);
}

template <typename Request>
absl::Status SetPeriod(const server::Call& call, const Request& request, int most_days, store::ReportQuery& query) {
  query.from = domain::HourOf(wire::FromProto(request.from()));
  query.until = call.now();
  if (request.has_until()) {
    const absl::Time until = wire::FromProto(request.until());
    const absl::Time hour = domain::HourOf(until);
    query.until = std::min(query.until, hour == until ? hour : hour + absl::Hours(1));
  }
  if (query.from >= query.until) return InvalidPeriod("from", "must be before until and before now");
  if (query.until - query.from > most_days * absl::Hours(24)) {
    return InvalidPeriod("until", absl::StrCat("must be within ", most_days, " days of from"));
  }
  return absl::OkStatus();
}

template <typename Request>
absl::Status SetDer(server::Call& call, const store::ReadModel& fleet, const Request& request,
                    store::ReportScope& scope) {
  ASSIGN_OR_RETURN(const DerPtr der, FindDer(call, fleet, request.der_id()));
  ASSIGN_OR_RETURN(const domain::DerAccess access, call.RequireDer(der->ownership(), *fleet.Regions()));
  scope.der_id = der->der_id;
  if (access.required_owner()) scope.owner_id = access.required_owner();
  return absl::OkStatus();
}

// Regions whose DERs an operator may see; none: all.
std::optional<std::vector<std::string>> VisibleRegions(const domain::Caller& caller,
                                                       const domain::RegionTree& regions) {
  if (caller.Operates("", regions)) return std::nullopt;
  std::vector<std::string> visible;
  for (const auto& [id, region] : regions.all()) {
    if (caller.Operates(id, regions)) visible.push_back(id);
  }
  return visible;
}

absl::Status NarrowToRegion(server::Call& call, const domain::RegionTree& regions, const std::string& region_id,
                            store::ReportScope& scope) {
  RETURN_IF_ERROR(CheckRegionKnown(call, regions, region_id, "region_id"));
  std::vector<std::string> parts;
  for (const domain::Region* region : regions.WithParts(region_id)) {
    const bool visible =
        !scope.region_ids || std::count(scope.region_ids->begin(), scope.region_ids->end(), region->region_id) > 0;
    if (visible) parts.push_back(region->region_id);
  }
  scope.region_ids = std::move(parts);
  return absl::OkStatus();
}

template <typename Request>
absl::Status SetFleet(server::Call& call, const domain::RegionTree& regions, const Request& request,
                      store::ReportScope& scope) {
  const domain::Caller& caller = call.caller();
  const bool is_operator = caller.IsAdmin() || caller.Has(Role::kOperator);
  const bool asks_for_own = request.owner_id() == caller.subject && caller.Has(Role::kOwner);
  if (is_operator && !asks_for_own) {
    if (!request.owner_id().empty()) scope.owner_id = request.owner_id();
    scope.region_ids = VisibleRegions(caller, regions);
  } else {
    if (!request.owner_id().empty() && request.owner_id() != caller.subject) {
      return base::PermissionDenied("UNAUTHORIZED", "owners see reports of their own DERs only; leave owner_id empty");
    }
    scope.owner_id = caller.subject;
  }
  call.MarkFiltered();
  return absl::OkStatus();
}

// A region without a series of its own has that of the area around it.
std::string Inherited(const domain::RegionTree& regions, const domain::Region* region,
                      std::string domain::Region::*series) {
  while (region != nullptr && (region->*series).empty()) {
    region = region->parent_region_id.empty() ? nullptr : regions.Find(region->parent_region_id);
  }
  return region == nullptr ? "" : region->*series;
}

std::vector<store::RegionSeries> SeriesOf(const domain::RegionTree& regions) {
  std::vector<store::RegionSeries> all;
  for (const auto& [id, region] : regions.all()) {
    store::RegionSeries series{.region_id = id,
                               .export_price = Inherited(regions, &region, &domain::Region::export_price_series_id),
                               .import_price = Inherited(regions, &region, &domain::Region::import_price_series_id),
                               .carbon = Inherited(regions, &region, &domain::Region::carbon_series_id)};
    if (series.export_price.empty()) series.export_price = series.import_price;
    all.push_back(std::move(series));
  }
  return all;
}

template <typename Request>
absl::StatusOr<store::ReportQuery> Make(server::Call& call, const store::ReadModel& fleet, const Request& request) {
  const auto regions = fleet.Regions();
  store::ReportQuery query;
  RETURN_IF_ERROR(SetPeriod(call, request, kMostDays, query));
  if (!request.der_id().empty()) {
    RETURN_IF_ERROR(SetDer(call, fleet, request, query.scope));
    if (!request.owner_id().empty() && !query.scope.owner_id) query.scope.owner_id = request.owner_id();
  } else {
    RETURN_IF_ERROR(SetFleet(call, *regions, request, query.scope));
  }
  if (!request.region_id().empty()) {
    RETURN_IF_ERROR(NarrowToRegion(call, *regions, request.region_id(), query.scope));
  }
  query.regions = SeriesOf(*regions);
  return query;
}

}  // namespace

absl::StatusOr<store::ReportQuery> QueryOf(server::Call& call, const store::ReadModel& fleet,
                                           const v1::GetPerformanceRequest& request) {
  return Make(call, fleet, request);
}
absl::StatusOr<store::ReportQuery> QueryOf(server::Call& call, const store::ReadModel& fleet,
                                           const v1::GetReportRequest& request) {
  return Make(call, fleet, request);
}
absl::StatusOr<store::ReportQuery> QueryOf(server::Call& call, const store::ReadModel& fleet,
                                           const v1::GetComplianceReportRequest& request) {
  return Make(call, fleet, request);
}
absl::StatusOr<store::ReportQuery> QueryOf(server::Call& call, const store::ReadModel& fleet,
                                           const v1::CheckComplianceRequest& request) {
  store::ReportQuery query;
  RETURN_IF_ERROR(SetDer(call, fleet, request, query.scope));
  RETURN_IF_ERROR(SetPeriod(call, request, kMostDaysChecked, query));
  return query;
}

}  // namespace derms::registry
