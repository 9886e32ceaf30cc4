#include "services/optimizer/area.h"

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"

namespace derms::optimizer {

absl::StatusOr<std::string> AreaOf(const std::string& region_id, const domain::RegionTree& regions) {
  if (!region_id.empty()) {
    if (regions.Find(region_id) == nullptr) {
      return base::NotFound("REGION_NOT_FOUND",
                            absl::StrCat("there is no region ", region_id, "; ListRegions names those there are"));
    }
    return region_id;
  }
  const auto areas = regions.Areas();
  if (areas.size() == 1) return areas[0]->region_id;
  const std::string rule = absl::StrCat("must be given: there are ", areas.size(), " areas, not one");
  return base::InvalidArgument("INVALID_REQUEST", absl::StrCat("region_id ", rule)).Field("region_id", rule);
}

}  // namespace derms::optimizer
