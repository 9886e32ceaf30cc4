#include "services/registry/der_lookup.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"

namespace derms::registry {

absl::Status CheckChangeable(server::Call& call, const domain::Der& der, std::int64_t expected_revision) {
  if (expected_revision != 0 && expected_revision != der.revision) {
    if (expected_revision > der.revision) call.Miss(der.der_id);
    return base::Aborted("REVISION_MISMATCH", absl::StrCat("DER ", der.der_id, " has revision ", der.revision, ", not ",
                                                           expected_revision, "; read it again and decide anew"))
        .Metadata("der_id", der.der_id)
        .Metadata("revision", std::to_string(der.revision));
  }
  if (der.lifecycle == domain::Lifecycle::kRetired) {
    return base::FailedPrecondition("DER_RETIRED",
                                    absl::StrCat("DER ", der.der_id, " is retired and cannot be changed any more"))
        .Metadata("der_id", der.der_id);
  }
  return absl::OkStatus();
}

absl::Status CheckRegionKnown(server::Call& call, const domain::RegionTree& regions, std::string_view region_id,
                              std::string_view field) {
  if (regions.Find(region_id) != nullptr) return absl::OkStatus();
  call.DoubtMemory();  // another registry may have put it a moment ago
  const std::string id(region_id);
  return base::InvalidArgument("UNKNOWN_REGION",
                               absl::StrCat("region ", id, " does not exist; see ListRegions or create it"))
      .Field(field, absl::StrCat("must be an existing region, and ", id, " is none"));
}

}  // namespace derms::registry
