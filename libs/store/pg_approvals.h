// ApprovalQueries on PostgreSQL.
#pragma once

#include "libs/store/approval_queries.h"
#include "libs/store/pool.h"

namespace derms::store {

class PgApprovalQueries final : public ApprovalQueries {
 public:
  explicit PgApprovalQueries(Pool& pool) : pool_(pool) {}  // must outlive this

  absl::StatusOr<std::optional<domain::EmergencyApproval>> GetApproval(std::string_view emergency_id,
                                                                       absl::Time deadline) override;
  absl::StatusOr<std::vector<domain::EmergencyApproval>> ListApprovals(
      bool pending_only, std::optional<std::pair<absl::Time, std::string>> before, std::size_t limit,
      absl::Time deadline) override;
  absl::StatusOr<std::vector<domain::EmergencyApproval>> ListOverdueApprovals(std::size_t limit,
                                                                              absl::Time deadline) override;
  absl::StatusOr<std::map<std::string, domain::Decision>> ApprovalsOf(const std::vector<std::string>& emergency_ids,
                                                                      absl::Time deadline) override;

 private:
  Pool& pool_;
};

}  // namespace derms::store
