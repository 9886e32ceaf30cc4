#include "libs/domain/access.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "libs/base/error.h"

namespace derms::domain {
namespace {

bool Contains(const std::vector<Role>& roles, Role role) {
  return std::find(roles.begin(), roles.end(), role) != roles.end();
}

// A grant without regions reaches everywhere; one with regions reaches them and their parts, never the whole fleet
// (an empty id, which lies within nothing).
bool Reaches(const Grant& grant, std::string_view region_id, const RegionTree& regions) {
  if (grant.region_ids.empty()) return true;
  return std::any_of(grant.region_ids.begin(), grant.region_ids.end(),
                     [&](const std::string& granted) { return regions.IsWithin(region_id, granted); });
}

bool HoldsOperatorGrant(const Caller& caller, std::string_view region_id, const RegionTree& regions) {
  return std::any_of(caller.grants.begin(), caller.grants.end(), [&](const Grant& grant) {
    return grant.role == Role::kOperator && Reaches(grant, region_id, regions);
  });
}

std::string RolesOf(const Caller& caller) {
  if (caller.grants.empty()) return "none";
  std::vector<std::string> names;
  for (const Grant& grant : caller.grants) names.emplace_back(RoleName(grant.role));
  return absl::StrJoin(names, ", ");
}

std::string Whom(Role role) {
  switch (role) {
    case Role::kAdmin:
      return "an admin";
    case Role::kOperator:
      return "an operator of its region";
    case Role::kOwner:
      return "its owner";
    case Role::kGateway:
      return "a gateway delegated to it";
  }
  return "nobody";
}

// The words are the same whatever the DER's owner and region are: a refusal tells nothing about them.
absl::Status Unauthorized(const std::string& needed, const Caller& caller) {
  return base::PermissionDenied("UNAUTHORIZED", absl::StrCat(needed, "; your roles: ", RolesOf(caller)))
      .Metadata("subject", caller.subject);
}

enum class Standing { kNone, kFull, kOwnerOnly, kGatewayOnly };

// Owner comes last: who is also operator or admin is not bound to the row keeping its owner.
Standing StandingOf(const Caller& caller, const DerOwnership& der, const RegionTree& regions,
                    const std::vector<Role>& roles) {
  if (Contains(roles, Role::kAdmin) && caller.IsAdmin()) return Standing::kFull;
  if (Contains(roles, Role::kOperator) && HoldsOperatorGrant(caller, der.region_id, regions)) return Standing::kFull;
  const bool owns = !der.owner_id.empty() && caller.subject == der.owner_id;
  if (Contains(roles, Role::kOwner) && caller.Has(Role::kOwner) && owns) return Standing::kOwnerOnly;
  const bool delegated = !der.gateway_id.empty() && caller.subject == der.gateway_id;
  if (Contains(roles, Role::kGateway) && caller.Has(Role::kGateway) && delegated) return Standing::kGatewayOnly;
  return Standing::kNone;
}

}  // namespace

std::string_view RoleName(Role role) {
  switch (role) {
    case Role::kAdmin:
      return "admin";
    case Role::kOperator:
      return "operator";
    case Role::kOwner:
      return "owner";
    case Role::kGateway:
      return "gateway";
  }
  return "unknown";
}

bool Caller::Has(Role role) const {
  return std::any_of(grants.begin(), grants.end(), [role](const Grant& grant) { return grant.role == role; });
}

bool Caller::Operates(std::string_view region_id, const RegionTree& regions) const {
  return IsAdmin() || HoldsOperatorGrant(*this, region_id, regions);
}

DerAccess::DerAccess(std::string der_id, std::optional<std::string> required_owner,
                     std::optional<std::string> required_gateway)
    : der_id_(std::move(der_id)),
      required_owner_(std::move(required_owner)),
      required_gateway_(std::move(required_gateway)) {}

absl::StatusOr<DerAccess> DerAccess::Prove(const Caller& caller, const DerOwnership& der, const RegionTree& regions,
                                           const std::vector<Role>& roles) {
  switch (StandingOf(caller, der, regions, roles)) {
    case Standing::kFull:
      return DerAccess(der.der_id, std::nullopt, std::nullopt);
    case Standing::kOwnerOnly:
      return DerAccess(der.der_id, caller.subject, std::nullopt);
    case Standing::kGatewayOnly:
      return DerAccess(der.der_id, std::nullopt, caller.subject);
    case Standing::kNone:
      break;
  }
  std::vector<std::string> whom;
  for (const Role role : roles) whom.push_back(Whom(role));
  return Unauthorized(absl::StrCat("this needs ", absl::StrJoin(whom, " or "), " (DER ", der.der_id, ")"), caller);
}

bool MayAccess(const Caller& caller, const DerOwnership& der, const RegionTree& regions,
               const std::vector<Role>& roles) {
  return StandingOf(caller, der, regions, roles) != Standing::kNone;
}

RegionAccess::RegionAccess(std::string region_id) : region_id_(std::move(region_id)) {}

absl::StatusOr<RegionAccess> RegionAccess::Prove(const Caller& caller, std::string_view region_id,
                                                 const RegionTree& regions) {
  if (caller.Operates(region_id, regions)) return RegionAccess(std::string(region_id));
  if (region_id.empty()) return Unauthorized("this needs an admin or an operator of all regions", caller);
  return Unauthorized(absl::StrCat("this needs an admin or an operator of region ", std::string(region_id)), caller);
}

absl::StatusOr<RoleAccess> RoleAccess::Prove(const Caller& caller, const std::vector<Role>& any_of) {
  const bool holds = std::any_of(any_of.begin(), any_of.end(), [&](Role role) { return caller.Has(role); });
  if (holds) return RoleAccess();
  std::vector<std::string> names;
  for (const Role role : any_of) names.emplace_back(RoleName(role));
  return Unauthorized(absl::StrCat("this needs the role ", absl::StrJoin(names, " or ")), caller);
}

RoleAccess RoleAccess::System() {
  return RoleAccess();
}

}  // namespace derms::domain
