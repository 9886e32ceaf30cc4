#include "libs/server/call.h"

#include "absl/strings/str_cat.h"

namespace derms::server {

// A failed check marks the call too: it was made, and its refusal is the answer.
absl::StatusOr<domain::DerAccess> Call::RequireDer(const domain::DerOwnership& der, const domain::RegionTree& regions) {
  checked_ = true;
  checked_scope_ = absl::StrCat("DER ", der.der_id);
  return domain::DerAccess::Prove(facts_.caller, der, regions, facts_.roles);
}

absl::StatusOr<domain::RegionAccess> Call::RequireRegion(std::string_view region_id,
                                                         const domain::RegionTree& regions) {
  checked_ = true;
  checked_scope_ = region_id.empty() ? "all DERs" : absl::StrCat("region ", std::string(region_id));
  return domain::RegionAccess::Prove(facts_.caller, region_id, regions);
}

absl::StatusOr<domain::RoleAccess> Call::RequireRole(const std::vector<domain::Role>& any_of) {
  checked_ = true;
  return domain::RoleAccess::Prove(facts_.caller, any_of);
}

}  // namespace derms::server
