#include "services/emergency/region_scope.h"

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/server/find_der.h"

namespace derms::emergency {

absl::StatusOr<domain::RegionAccess> RequireScope(server::Call& call, const store::ReadModel& fleet,
                                                  const std::string& der_id, const std::string& region_id) {
  const auto regions = fleet.Regions();
  if (!region_id.empty()) {
    if (regions->Find(region_id) == nullptr) {
      call.DoubtMemory();
      return base::NotFound("REGION_NOT_FOUND", absl::StrCat("no region ", region_id, " exists; see ListRegions"));
    }
    return call.RequireRegion(region_id, *regions);
  }
  if (der_id == base::kAllDers) return call.RequireRegion("", *regions);
  ASSIGN_OR_RETURN(const auto der, FindDer(call, fleet, der_id));
  return call.RequireRegion(der->region_id, *regions);
}

}  // namespace derms::emergency
