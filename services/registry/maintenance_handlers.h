// The maintenance book of each DER.
#pragma once

#include "derms/v1/registry.pb.h"
#include "libs/base/ids.h"
#include "libs/server/call.h"
#include "libs/server/plan.h"
#include "libs/store/queries.h"
#include "libs/store/read_model.h"

namespace derms::registry {

// Thread-safe. Both: NOT_FOUND DER_NOT_FOUND, PERMISSION_DENIED UNAUTHORIZED.
class MaintenanceHandlers {
 public:
  // All must outlive the handlers.
  MaintenanceHandlers(const store::ReadModel& fleet, store::Queries& queries, base::IdSource& ids)
      : fleet_(fleet), queries_(queries), ids_(ids) {}

  // INVALID_ARGUMENT INVALID_INTERVAL when it does not end after it starts. Retired DERs keep their book open: work
  // done on them is often written down later.
  absl::StatusOr<server::Plan<v1::RecordMaintenanceResponse>> RecordMaintenance(
      server::Call& call, const v1::RecordMaintenanceRequest& request) const;
  // Blocks on the database. INVALID_ARGUMENT INVALID_PAGE_TOKEN.
  absl::StatusOr<v1::ListMaintenanceResponse> ListMaintenance(server::Call& call,
                                                              const v1::ListMaintenanceRequest& request) const;

 private:
  const store::ReadModel& fleet_;
  store::Queries& queries_;
  base::IdSource& ids_;
};

}  // namespace derms::registry
