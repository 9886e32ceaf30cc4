// Changing a DER that is registered: data, status, owner, retirement.
#pragma once

#include "derms/v1/registry.pb.h"
#include "libs/base/ids.h"
#include "libs/server/call.h"
#include "libs/server/plan.h"
#include "libs/store/queries.h"
#include "libs/store/read_model.h"

namespace derms::registry {

// All: NOT_FOUND DER_NOT_FOUND, PERMISSION_DENIED UNAUTHORIZED, ABORTED REVISION_MISMATCH (against memory here,
// against the database at commit), FAILED_PRECONDITION DER_RETIRED. A request that changes nothing is answered at
// once: no new revision, no event. Thread-safe; all but UpdateDer answer from memory and never wait.
class DerChanges {
 public:
  // All must outlive the handlers.
  DerChanges(const store::ReadModel& fleet, store::Queries& queries, base::IdSource& ids)
      : fleet_(fleet), queries_(queries), ids_(ids) {}

  // INVALID_ARGUMENT INVALID_UPDATE_MASK, INVALID_CAPACITY (also beyond its nameplate, which blocks on the database),
  // UNKNOWN_REGION, INVALID_PARAMETERS.
  absl::StatusOr<server::Plan<v1::UpdateDerResponse>> UpdateDer(server::Call& call,
                                                                const v1::UpdateDerRequest& request) const;
  // FAILED_PRECONDITION INVALID_STATUS_TRANSITION.
  absl::StatusOr<server::Plan<v1::UpdateDerStatusResponse>> UpdateDerStatus(
      server::Call& call, const v1::UpdateDerStatusRequest& request) const;
  // FAILED_PRECONDITION DER_NOT_OFFLINE.
  absl::StatusOr<server::Plan<v1::RetireDerResponse>> RetireDer(server::Call& call,
                                                                const v1::RetireDerRequest& request) const;
  // The new owner begins without a gateway.
  absl::StatusOr<server::Plan<v1::TransferDerResponse>> TransferDer(server::Call& call,
                                                                    const v1::TransferDerRequest& request) const;
  // Whether the gateway holds its role is not looked at: it may get it later.
  absl::StatusOr<server::Plan<v1::DelegateGatewayResponse>> DelegateGateway(
      server::Call& call, const v1::DelegateGatewayRequest& request) const;

 private:
  const store::ReadModel& fleet_;
  store::Queries& queries_;
  base::IdSource& ids_;
};

}  // namespace derms::registry
