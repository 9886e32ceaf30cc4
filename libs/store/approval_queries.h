// Reads of orders that wait, or waited, for a second person's word. They block: call them on a worker pool, never on a
// thread of gRPC.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/domain/approval.h"

namespace derms::store {

// Errors as those of Queries. Thread-safe.
class ApprovalQueries {
 public:
  virtual ~ApprovalQueries() = default;
  virtual absl::StatusOr<std::optional<domain::EmergencyApproval>> GetApproval(std::string_view emergency_id,
                                                                               absl::Time deadline) = 0;
  // Those that are no orders, newest first, after (requested_at, emergency_id).
  virtual absl::StatusOr<std::vector<domain::EmergencyApproval>> ListApprovals(
      bool pending_only, std::optional<std::pair<absl::Time, std::string>> before, std::size_t limit,
      absl::Time deadline) = 0;
  // Pending ones whose time is over by the database's clock.
  virtual absl::StatusOr<std::vector<domain::EmergencyApproval>> ListOverdueApprovals(std::size_t limit,
                                                                                      absl::Time deadline) = 0;
  // Who approved which of these orders, when and why; those that needed nobody are absent.
  virtual absl::StatusOr<std::map<std::string, domain::Decision>> ApprovalsOf(
      const std::vector<std::string>& emergency_ids, absl::Time deadline) = 0;
};

}  // namespace derms::store
