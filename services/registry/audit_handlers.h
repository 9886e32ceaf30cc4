// The event log as evidence.
#pragma once

#include "derms/v1/audit.pb.h"
#include "libs/server/call.h"
#include "libs/store/queries.h"

namespace derms::registry {

// Thread-safe. Both block on the database.
class AuditHandlers {
 public:
  explicit AuditHandlers(store::Queries& queries) : queries_(queries) {}  // must outlive the handlers

  // INVALID_ARGUMENT INVALID_CHECKPOINT when a checkpoint has no sequence number or no SHA-256 hash.
  absl::StatusOr<v1::VerifyLogResponse> VerifyLog(server::Call& call, const v1::VerifyLogRequest& request) const;
  absl::StatusOr<v1::ExportCheckpointResponse> ExportCheckpoint(server::Call& call,
                                                                const v1::ExportCheckpointRequest& request) const;

 private:
  store::Queries& queries_;
};

}  // namespace derms::registry
