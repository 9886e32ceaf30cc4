#include "libs/domain/status.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "libs/base/error.h"

namespace derms::domain {
namespace {

using enum DerStatus;

// The whole state machine of UpdateDerStatus, from derived status. Work on a DER ends in OFFLINE, never straight in
// ONLINE: putting it back into service is a step of its own. An order is left by its end or release only.
const std::vector<DerStatus>& AllowedFrom(DerStatus current) {
  static const std::vector<DerStatus> kFromOffline = {kOnline, kMaintenance};
  static const std::vector<DerStatus> kFromOnline = {kOffline, kMaintenance};
  static const std::vector<DerStatus> kFromOptimized = {kOffline, kMaintenance};
  static const std::vector<DerStatus> kFromMaintenance = {kOffline};
  static const std::vector<DerStatus> kFromEmergency = {};
  switch (current) {
    case kOffline:
      return kFromOffline;
    case kOnline:
      return kFromOnline;
    case kOptimized:
      return kFromOptimized;
    case kMaintenance:
      return kFromMaintenance;
    case kEmergency:
      break;
  }
  return kFromEmergency;
}

std::string Remedy(DerStatus current, DerStatus to, const std::string& allowed) {
  if (to == kEmergency)
    return "EMERGENCY is not set but follows from an order: call EmergencyService.AllocateEmergency";
  if (to == kOptimized) {
    return "OPTIMIZED is not set but follows from a schedule: call OptimizerService.OptimizeResources with apply";
  }
  if (current == kEmergency) {
    return "an emergency order holds the DER: wait until it is back, or call EmergencyService.ReleaseEmergency";
  }
  return absl::StrCat("allowed now: ", allowed);
}

absl::Status Retired(const Der& der) {
  return base::FailedPrecondition("DER_RETIRED", absl::StrCat("DER ", der.der_id, " is retired and cannot change"))
      .Metadata("der_id", der.der_id);
}

}  // namespace

DerStatus DeriveStatus(DerStatus stored, bool live_order, bool scheduled_now) {
  if (stored == kMaintenance) return kMaintenance;
  if (live_order) return kEmergency;
  if (stored == kOnline && scheduled_now) return kOptimized;
  return stored;
}

absl::Status CheckTransition(const Der& der, DerStatus current, DerStatus to) {
  if (der.lifecycle == Lifecycle::kRetired) return Retired(der);
  if (to == der.stored_status) return absl::OkStatus();
  std::vector<std::string> allowed_names;
  for (const DerStatus status : AllowedFrom(current)) {
    if (status == to) return absl::OkStatus();
    allowed_names.emplace_back(DerStatusName(status));
  }
  const std::string allowed = absl::StrJoin(allowed_names, ",");
  const std::string from_name(DerStatusName(current)), to_name(DerStatusName(to));
  return base::FailedPrecondition("INVALID_STATUS_TRANSITION",
                                  absl::StrCat("DER ", der.der_id, " cannot go from ", from_name, " to ", to_name, "; ",
                                               Remedy(current, to, allowed)))
      .Metadata("from", from_name)
      .Metadata("to", to_name)
      .Metadata("allowed", allowed);
}

absl::Status CheckRetire(const Der& der, DerStatus current) {
  if (der.lifecycle == Lifecycle::kRetired) return Retired(der);
  if (current == kOffline) return absl::OkStatus();
  const std::string name(DerStatusName(current));
  return base::FailedPrecondition("DER_NOT_OFFLINE",
                                  absl::StrCat("DER ", der.der_id, " is ", name, "; set it OFFLINE before retiring it"))
      .Metadata("status", name);
}

}  // namespace derms::domain
