// The store's reads of orders that wait for approval, each answered by what a test sets.
#pragma once

#include <gmock/gmock.h>

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "libs/store/approval_queries.h"

namespace derms::server::testing {

class MockApprovalQueries : public store::ApprovalQueries {
 public:
  using Approvals = absl::StatusOr<std::vector<domain::EmergencyApproval>>;
  using Before = std::optional<std::pair<absl::Time, std::string>>;
  using Decisions = std::map<std::string, domain::Decision>;

  MOCK_METHOD(absl::StatusOr<std::optional<domain::EmergencyApproval>>, GetApproval, (std::string_view, absl::Time),
              (override));
  MOCK_METHOD(Approvals, ListApprovals, (bool, Before, std::size_t, absl::Time), (override));
  MOCK_METHOD(Approvals, ListOverdueApprovals, (std::size_t, absl::Time), (override));
  MOCK_METHOD(absl::StatusOr<Decisions>, ApprovalsOf, (const std::vector<std::string>&, absl::Time), (override));
};

}  // namespace derms::server::testing
