#include "libs/store/pg_approvals.h"

#include "libs/store/connection.h"
#include "libs/store/sql_array.h"

namespace derms::store {
namespace {

using domain::EmergencyApproval;

// Columns in the order that ApprovalOf reads, table alias a.
#define DERMS_APPROVAL_COLUMNS                                                                                     \
  "a.emergency_id, a.der_id, a.region_id, a.kind, a.request::text, a.der_count, a.unbound_count, a.shortfall_kw, " \
  "a.requested_by, (extract(epoch FROM a.requested_at) * 1000000)::bigint, "                                       \
  "(extract(epoch FROM a.expires_at) * 1000000)::bigint, a.state, a.decided_by, "                                  \
  "(extract(epoch FROM a.decided_at) * 1000000)::bigint, a.decision_reason"

EmergencyApproval ApprovalOf(const Rows& rows, std::size_t row) {
  int column = 0;
  EmergencyApproval approval;
  approval.emergency_id = rows.Text(row, column++);
  approval.der_id = rows.Text(row, column++);
  approval.region_id = rows.Text(row, column++);
  approval.kind = static_cast<domain::EmergencyKind>(rows.Small(row, column++));
  approval.request_json = rows.Text(row, column++);
  approval.der_count = rows.Small(row, column++);
  approval.unbound_count = rows.Small(row, column++);
  approval.shortfall_kw = rows.Double(row, column++);
  approval.requested_by = rows.Text(row, column++);
  approval.requested_at = rows.Micros(row, column++);
  approval.expires_at = rows.Micros(row, column++);
  approval.state = static_cast<domain::EmergencyState>(rows.Small(row, column++));
  approval.decided_by = rows.Text(row, column++);
  if (!rows.IsNull(row, column)) approval.decided_at = rows.Micros(row, column);
  approval.decision_reason = rows.Text(row, column + 1);
  return approval;
}

TextArray IdsOf(const std::vector<std::string>& ids) {
  TextArray array;
  for (const std::string& id : ids) array.Add(id);
  return array;
}

// The rows of one statement; `params` is called inside the guarded work: text that cannot be stored throws.
template <typename ParamsOf>
absl::StatusOr<std::vector<EmergencyApproval>> Select(Pool& pool, absl::Time deadline, const Statement& statement,
                                                      ParamsOf params) {
  std::vector<EmergencyApproval> found;
  const absl::Status status = pool.Read(deadline, [&](Transaction& transaction) {
    const Rows rows = transaction.Run(statement, params());
    found.clear();
    for (std::size_t row = 0; row < rows.size(); ++row) found.push_back(ApprovalOf(rows, row));
  });
  if (!status.ok()) return status;
  return found;
}

}  // namespace

absl::StatusOr<std::optional<EmergencyApproval>> PgApprovalQueries::GetApproval(std::string_view emergency_id,
                                                                                absl::Time deadline) {
  static constexpr Statement kGet{
      "approval_get", "SELECT " DERMS_APPROVAL_COLUMNS " FROM emergency_approval a WHERE a.emergency_id = $1"};
  auto found = Select(pool_, deadline, kGet, [&] { return Params().Add(emergency_id); });
  if (!found.ok()) return found.status();
  if (found->empty()) return std::optional<EmergencyApproval>();
  return std::optional(std::move(found->front()));
}

absl::StatusOr<std::vector<EmergencyApproval>> PgApprovalQueries::ListApprovals(
    bool pending_only, std::optional<std::pair<absl::Time, std::string>> before, std::size_t limit,
    absl::Time deadline) {
  static constexpr Statement kList{
      "approval_list", "SELECT " DERMS_APPROVAL_COLUMNS
                       " FROM emergency_approval a WHERE a.state <> 1 AND (NOT $1 OR (a.state = 4 AND a.expires_at > "
                       "now())) AND (a.requested_at, a.emergency_id) < ($2::timestamptz, $3) "
                       "ORDER BY a.requested_at DESC, a.emergency_id DESC LIMIT $4"};
  return Select(pool_, deadline, kList, [&] {
    const auto [time, id] = before.value_or(std::pair(absl::InfiniteFuture(), std::string()));
    return Params().Add(pending_only).Add(time).Add(id).Add(limit);
  });
}

absl::StatusOr<std::vector<EmergencyApproval>> PgApprovalQueries::ListOverdueApprovals(std::size_t limit,
                                                                                       absl::Time deadline) {
  static constexpr Statement kOverdue{"approval_overdue", "SELECT " DERMS_APPROVAL_COLUMNS
                                                          " FROM emergency_approval a WHERE a.state = 4 AND "
                                                          "a.expires_at <= now() ORDER BY a.expires_at LIMIT $1"};
  return Select(pool_, deadline, kOverdue, [&] { return Params().Add(limit); });
}

absl::StatusOr<std::map<std::string, domain::Decision>> PgApprovalQueries::ApprovalsOf(
    const std::vector<std::string>& emergency_ids, absl::Time deadline) {
  static constexpr Statement kApprovals{
      "approval_decisions",
      "SELECT a.emergency_id, a.decided_by, (extract(epoch FROM a.decided_at) * 1000000)::bigint, a.decision_reason "
      "FROM emergency_approval a WHERE a.state = 1 AND a.emergency_id = ANY ($1::text[])"};
  std::map<std::string, domain::Decision> approvals;
  if (emergency_ids.empty()) return approvals;
  const absl::Status status = pool_.Read(deadline, [&](Transaction& transaction) {
    const Rows rows = transaction.Run(kApprovals, Params().AddArray(IdsOf(emergency_ids)));
    approvals.clear();
    for (std::size_t row = 0; row < rows.size(); ++row) {
      approvals[rows.Text(row, 0)] = {.by = rows.Text(row, 1), .at = rows.Micros(row, 2), .reason = rows.Text(row, 3)};
    }
  });
  if (!status.ok()) return status;
  return approvals;
}

}  // namespace derms::store
