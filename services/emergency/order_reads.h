// Reading orders and requests for orders, which are stored apart (docs/adr/2026-11-26-two-person-orders.md), as one.
#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "derms/v1/emergency.pb.h"
#include "libs/domain/records.h"
#include "libs/store/approval_queries.h"
#include "libs/store/queries.h"

namespace derms::emergency {

struct FoundOrder {
  std::optional<domain::EmergencyOrder> order;  // none: it has never been in force
  std::optional<domain::Decision> decision;     // none: it needed nobody's, or waits for it
  v1::EmergencyOrder told;                      // with it
};

// Thread-safe. The methods block on the database; states are those at `now`. Errors of the queries.
class OrderReads {
 public:
  OrderReads(store::Queries& queries, store::ApprovalQueries& approvals)  // both must outlive this
      : queries_(queries), approvals_(approvals) {}

  // NOT_FOUND EMERGENCY_NOT_FOUND.
  absl::StatusOr<FoundOrder> Find(const std::string& emergency_id, absl::Time now, absl::Time deadline) const;
  // Newest first. INVALID_ARGUMENT INVALID_PAGE_TOKEN.
  absl::StatusOr<v1::ListEmergenciesResponse> List(const v1::ListEmergenciesRequest& request, absl::Time now,
                                                   absl::Time deadline) const;

 private:
  store::Queries& queries_;
  store::ApprovalQueries& approvals_;
};

}  // namespace derms::emergency
