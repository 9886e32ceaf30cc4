// Nameplate and settings of every DER.
#pragma once

#include <optional>

#include "derms/v1/compliance.pb.h"
#include "libs/base/ids.h"
#include "libs/gridcode/profile_shelf.h"
#include "libs/server/call.h"
#include "libs/server/plan.h"
#include "libs/store/queries.h"
#include "libs/store/read_model.h"

namespace derms::registry {

// All block on the database: NOT_FOUND DER_NOT_FOUND, PERMISSION_DENIED UNAUTHORIZED. Puts: FAILED_PRECONDITION
// DER_RETIRED, ABORTED REVISION_MISMATCH, INVALID_ARGUMENT UNKNOWN_PROFILE; one that changes nothing is answered at
// once: no new revision, no event. Thread-safe.
class ComplianceHandlers {
 public:
  // All must outlive the handlers.
  ComplianceHandlers(const store::ReadModel& fleet, store::Queries& queries, base::IdSource& ids,
                     const gridcode::ProfileShelf& profiles)
      : fleet_(fleet), queries_(queries), ids_(ids), profiles_(profiles) {}

  // INVALID_ARGUMENT INVALID_NAMEPLATE, FAILED_PRECONDITION SETTINGS_DO_NOT_FIT.
  absl::StatusOr<server::Plan<v1::PutNameplateResponse>> PutNameplate(server::Call& call,
                                                                      const v1::PutNameplateRequest& request) const;
  // FAILED_PRECONDITION NAMEPLATE_MISSING, INVALID_ARGUMENT INVALID_SETTINGS.
  absl::StatusOr<server::Plan<v1::PutSettingsResponse>> PutSettings(server::Call& call,
                                                                    const v1::PutSettingsRequest& request) const;
  // NOT_FOUND NAMEPLATE_NOT_FOUND.
  absl::StatusOr<v1::GetGridSettingsResponse> GetGridSettings(server::Call& call,
                                                              const v1::GetGridSettingsRequest& request) const;

 private:
  const store::ReadModel& fleet_;
  store::Queries& queries_;
  base::IdSource& ids_;
  const gridcode::ProfileShelf& profiles_;
};

}  // namespace derms::registry
