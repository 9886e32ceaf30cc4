#include "services/optimizer/schedule_scope.h"

#include <algorithm>
#include <memory>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"

namespace derms::optimizer {
namespace {

// Narrows the filter to what the caller may see.
absl::Status Restrict(server::Call& call, const domain::RegionTree& regions, store::ScheduleFilter& filter) {
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
    if (std::find(operated->begin(), operated->end(), id) == operated->end()) {
      return base::PermissionDenied("UNAUTHORIZED", absl::StrCat("region ", id, " is not among those you operate"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

std::optional<std::vector<std::string>> OperatedRegions(const domain::Caller& caller,
                                                        const domain::RegionTree& regions) {
  if (caller.Operates("", regions)) return std::nullopt;
  std::vector<std::string> operated;
  for (const auto& [id, region] : regions.all()) {
    if (caller.Operates(id, regions)) operated.push_back(id);
  }
  return operated;
}

absl::StatusOr<store::ScheduleFilter> ScheduleScopeOf(server::Call& call, const store::ReadModel& fleet,
                                                      const std::string& der_id, const std::string& region_id) {
  const std::shared_ptr<const domain::RegionTree> regions = fleet.Regions();
  store::ScheduleFilter filter;
  if (!der_id.empty()) {
    const auto der = fleet.FindDer(der_id);
    if (der == nullptr) {
      call.Miss(der_id);
      return base::NotFound("DER_NOT_FOUND", absl::StrCat("there is no DER ", der_id));
    }
    RETURN_IF_ERROR(call.RequireDer(der->ownership(), *regions).status());
    filter.der_id = der_id;
  }
  if (!region_id.empty()) {
    for (const domain::Region* region : regions->WithParts(region_id)) filter.region_ids.push_back(region->region_id);
    if (filter.region_ids.empty()) {
      return base::NotFound("REGION_NOT_FOUND", absl::StrCat("there is no region ", region_id));
    }
  }
  RETURN_IF_ERROR(Restrict(call, *regions, filter));
  return filter;
}

}  // namespace derms::optimizer
