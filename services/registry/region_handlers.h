// Regions of the grid and the capacity rules of the types.
#pragma once

#include "derms/v1/registry.pb.h"
#include "libs/base/ids.h"
#include "libs/server/call.h"
#include "libs/server/plan.h"
#include "libs/store/read_model.h"

namespace derms::registry {

// Thread-safe; answers from memory and never waits. A put that changes nothing writes nothing.
class RegionHandlers {
 public:
  // Both must outlive the handlers.
  RegionHandlers(const store::ReadModel& fleet, base::IdSource& ids) : fleet_(fleet), ids_(ids) {}

  // A new region needs the right to its parent, a moved one to both parents, an area to the whole fleet.
  // INVALID_ARGUMENT UNKNOWN_REGION, REGION_CYCLE, REGION_TOO_DEEP; PERMISSION_DENIED UNAUTHORIZED.
  absl::StatusOr<server::Plan<v1::PutRegionResponse>> PutRegion(server::Call& call,
                                                                const v1::PutRegionRequest& request) const;
  // INVALID_ARGUMENT INVALID_PAGE_TOKEN.
  absl::StatusOr<v1::ListRegionsResponse> ListRegions(server::Call& call, const v1::ListRegionsRequest& request) const;
  // INVALID_ARGUMENT INVALID_CAPACITY unless min_kw <= usual_min_kw <= usual_max_kw <= max_kw.
  absl::StatusOr<server::Plan<v1::PutCapacityRuleResponse>> PutCapacityRule(
      server::Call& call, const v1::PutCapacityRuleRequest& request) const;
  absl::StatusOr<v1::ListCapacityRulesResponse> ListCapacityRules(server::Call& call,
                                                                  const v1::ListCapacityRulesRequest& request) const;

 private:
  const store::ReadModel& fleet_;
  base::IdSource& ids_;
};

}  // namespace derms::registry
