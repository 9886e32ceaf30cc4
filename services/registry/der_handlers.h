// Registering, reading and listing DERs.
#pragma once

#include "derms/v1/registry.pb.h"
#include "libs/base/ids.h"
#include "libs/server/call.h"
#include "libs/server/plan.h"
#include "libs/store/read_model.h"

namespace derms::registry {

// Requests arrive checked field by field (libs/wire/validate.h); rules that need the fleet are checked here.
// Thread-safe; answers from memory and never waits.
class DerHandlers {
 public:
  // Both must outlive the handlers.
  DerHandlers(const store::ReadModel& fleet, base::IdSource& ids) : fleet_(fleet), ids_(ids) {}

  // INVALID_ARGUMENT INVALID_DER_ID, INVALID_CAPACITY, UNKNOWN_REGION, INVALID_PARAMETERS, OWNER_MISSING;
  // ALREADY_EXISTS DER_EXISTS; PERMISSION_DENIED UNAUTHORIZED for another owner's DER.
  absl::StatusOr<server::Plan<v1::RegisterDerResponse>> RegisterDer(server::Call& call,
                                                                    const v1::RegisterDerRequest& request) const;
  // NOT_FOUND DER_NOT_FOUND; UNAVAILABLE REVISION_NOT_YET_VISIBLE when even the database has only an older one.
  absl::StatusOr<v1::GetDerResponse> GetDer(server::Call& call, const v1::GetDerRequest& request) const;
  // INVALID_ARGUMENT INVALID_PAGE_TOKEN, INVALID_BOUNDING_BOX, UNKNOWN_REGION; PERMISSION_DENIED UNAUTHORIZED when an
  // owner asks for another's.
  absl::StatusOr<v1::ListDersResponse> ListDers(server::Call& call, const v1::ListDersRequest& request) const;

 private:
  const store::ReadModel& fleet_;
  base::IdSource& ids_;
};

}  // namespace derms::registry
