#include "services/registry/region_handlers.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/domain/capacity.h"
#include "libs/wire/convert_der.h"
#include "libs/wire/convert_records.h"
#include "libs/wire/page_token.h"
#include "services/registry/der_checks.h"
#include "services/registry/event_draft.h"

namespace derms::registry {
namespace {

// The right to change a region is the right to it as it is now and to the place where it shall be.
absl::StatusOr<domain::RegionAccess> RequireRight(server::Call& call, const domain::Region& wanted,
                                                  const domain::Region* stored, const domain::RegionTree& regions) {
  if (stored == nullptr) return call.RequireRegion(wanted.parent_region_id, regions);
  if (stored->parent_region_id != wanted.parent_region_id) {
    RETURN_IF_ERROR(call.RequireRegion(stored->parent_region_id, regions).status());
    RETURN_IF_ERROR(call.RequireRegion(wanted.parent_region_id, regions).status());
  }
  return call.RequireRegion(wanted.region_id, regions);
}

bool SameRule(const domain::CapacityRule& a, const domain::CapacityRule& b) {
  return a.type == b.type && a.min_kw == b.min_kw && a.max_kw == b.max_kw && a.usual_min_kw == b.usual_min_kw &&
         a.usual_max_kw == b.usual_max_kw;
}

// Compared as they are answered, so that a field added later is not forgotten here.
bool SameRegion(const domain::Region& a, const domain::Region& b) {
  return wire::ToProto(a).SerializeAsString() == wire::ToProto(b).SerializeAsString();
}

std::string RuleSummary(const domain::CapacityRule& rule) {
  return absl::StrCat("Capacity rule of ", std::string(DerTypeName(rule.type)), ": ", KilowattText(rule.min_kw), " to ",
                      KilowattText(rule.max_kw), " kW, usually ", KilowattText(rule.usual_min_kw), " to ",
                      KilowattText(rule.usual_max_kw), " kW.");
}

}  // namespace

absl::StatusOr<server::Plan<v1::PutRegionResponse>> RegionHandlers::PutRegion(
    server::Call& call, const v1::PutRegionRequest& request) const {
  const auto regions = fleet_.Regions();
  domain::Region wanted = wire::FromProto(request.region());
  const domain::Region* stored = regions->Find(wanted.region_id);
  ASSIGN_OR_RETURN(const domain::RegionAccess access, RequireRight(call, wanted, stored, *regions));
  RETURN_IF_ERROR(regions->CheckPut(wanted));

  server::Plan<v1::PutRegionResponse> plan;
  wanted.revision = stored == nullptr ? 0 : stored->revision;
  if (stored != nullptr && SameRegion(*stored, wanted)) {
    call.DoubtMemory();  // it may have been changed elsewhere a moment ago
    *plan.response.mutable_region() = wire::ToProto(wanted);
    return plan;
  }
  ++wanted.revision;
  *plan.response.mutable_region() = wire::ToProto(wanted);
  domain::Event event =
      DraftEvent(call, ids_, domain::EventType::kRegionPut,
                 absl::StrCat("Region ", wanted.region_id, stored == nullptr ? " was created." : " was changed."));
  event.region_id = wanted.region_id;
  plan.mutation.events.push_back(std::move(event));
  plan.mutation.writes.push_back(store::RegionPut(access, std::move(wanted)));
  return plan;
}

absl::StatusOr<v1::ListRegionsResponse> RegionHandlers::ListRegions(server::Call&,
                                                                    const v1::ListRegionsRequest& request) const {
  ASSIGN_OR_RETURN(const std::vector<std::string> keys, wire::ReadPageToken(request, 1));
  const auto regions = fleet_.Regions();
  v1::ListRegionsResponse response;
  const int page_size = static_cast<int>(wire::PageSize(request.page_size()));
  for (auto it = regions->all().upper_bound(keys.empty() ? "" : keys[0]); it != regions->all().end(); ++it) {
    if (response.regions_size() == page_size) {
      response.set_next_page_token(wire::MakePageToken(request, {response.regions(page_size - 1).region_id()}));
      break;
    }
    *response.add_regions() = wire::ToProto(it->second);
  }
  return response;
}

absl::StatusOr<server::Plan<v1::PutCapacityRuleResponse>> RegionHandlers::PutCapacityRule(
    server::Call& call, const v1::PutCapacityRuleRequest& request) const {
  ASSIGN_OR_RETURN(const domain::RoleAccess access, call.RequireRole({domain::Role::kAdmin}));
  const domain::CapacityRule rule = wire::FromProto(request.capacity_rule());
  RETURN_IF_ERROR(domain::CheckCapacityRule(rule));
  server::Plan<v1::PutCapacityRuleResponse> plan;
  *plan.response.mutable_capacity_rule() = wire::ToProto(rule);
  const auto stored = fleet_.CapacityRules();
  const auto same = [&rule](const domain::CapacityRule& other) { return SameRule(rule, other); };
  if (std::any_of(stored.begin(), stored.end(), same)) {
    call.DoubtMemory();  // as above
    return plan;
  }
  plan.mutation.events.push_back(DraftEvent(call, ids_, domain::EventType::kCapacityRulePut, RuleSummary(rule)));
  plan.mutation.writes.push_back(store::CapacityRulePut(access, rule));
  return plan;
}

absl::StatusOr<v1::ListCapacityRulesResponse> RegionHandlers::ListCapacityRules(
    server::Call&, const v1::ListCapacityRulesRequest&) const {
  v1::ListCapacityRulesResponse response;
  for (const domain::CapacityRule& rule : fleet_.CapacityRules()) {
    *response.add_capacity_rules() = wire::ToProto(rule);
  }
  return response;
}

}  // namespace derms::registry
