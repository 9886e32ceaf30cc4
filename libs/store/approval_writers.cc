#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/store/advisory_locks.h"
#include "libs/store/row_writers.h"

namespace derms::store {
namespace {

using domain::EmergencyState;

constexpr int kPending = static_cast<int>(EmergencyState::kPendingApproval);

// Counted under a lock, so that the bound holds over all processes. Those whose time is over do not count.
bool HasRoom(Transaction& transaction) {
  static constexpr Statement kCount{"approval_count",
                                    "SELECT count(*) FROM emergency_approval WHERE state = 4 AND expires_at > now()"};
  transaction.Execute(absl::StrCat("SELECT pg_advisory_xact_lock(", kApprovalLock, ")"));
  return transaction.Run(kCount, Params()).Int(0, 0) < domain::kMaxPendingApprovals;
}

void Insert(Transaction& transaction, const Write<ApprovalRequest>& write) {
  static constexpr Statement kInsert{
      "approval_insert",
      "INSERT INTO emergency_approval (emergency_id, der_id, region_id, kind, request, der_count, unbound_count, "
      "shortfall_kw, requested_by, requested_at, expires_at, state, decided_by, decision_reason) "
      "VALUES ($1, $2, $3, $4, $5::jsonb, $6, $7, $8, $9, $10, $11, $12, '', '')"};
  if (!HasRoom(transaction)) {
    write.item->status = base::ResourceExhausted(
        "TOO_MANY_PENDING",
        absl::StrCat(domain::kMaxPendingApprovals, " orders wait for approval already; decide on some first"));
    return;
  }
  const domain::EmergencyApproval& approval = write.row->approval;
  transaction.Run(kInsert, Params()
                               .Add(approval.emergency_id)
                               .Add(approval.der_id)
                               .Add(approval.region_id)
                               .Add(static_cast<int>(approval.kind))
                               .Add(approval.request_json)
                               .Add(approval.der_count)
                               .Add(approval.unbound_count)
                               .Add(approval.shortfall_kw)
                               .Add(approval.requested_by)
                               .Add(approval.requested_at)
                               .Add(approval.expires_at)
                               .Add(kPending));
  write.item->wrote = true;
}

absl::Status Refused(Transaction& transaction, const std::string& emergency_id) {
  static constexpr Statement kFind{"approval_find", "SELECT 1 FROM emergency_approval WHERE emergency_id = $1"};
  if (transaction.Run(kFind, Params().Add(emergency_id)).empty()) {
    return base::NotFound("EMERGENCY_NOT_FOUND", absl::StrCat("there is no emergency order ", emergency_id));
  }
  return base::FailedPrecondition("APPROVAL_CLOSED",
                                  absl::StrCat("emergency order ", emergency_id,
                                               " was approved, declined or lapsed meanwhile; GetEmergency tells"));
}

// Compare and set: of approval, decline and lapse, by whichever processes, one finds the row pending. Only the
// database's clock says whether its time is over.
void Decide(Transaction& transaction, const Write<ApprovalDecision>& write) {
  static constexpr Statement kDecide{
      "approval_decide",
      "UPDATE emergency_approval SET state = $2, decided_by = $3, decided_at = $4, decision_reason = $5 "
      "WHERE emergency_id = $1 AND state = 4 AND (expires_at <= now()) = $6"};
  const domain::EmergencyApproval& approval = write.row->approval;
  const Rows decided = transaction.Run(kDecide, Params()
                                                    .Add(approval.emergency_id)
                                                    .Add(static_cast<int>(approval.state))
                                                    .Add(approval.decided_by)
                                                    .Add(approval.decided_at)
                                                    .Add(approval.decision_reason)
                                                    .Add(approval.state == EmergencyState::kLapsed));
  if (decided.affected() > 0) {
    write.item->wrote = true;
  } else {
    write.item->status = Refused(transaction, approval.emergency_id);
  }
}

}  // namespace

void WriteApprovals(Transaction& transaction, Batch& batch) {
  for (const auto& write : batch.Collect<ApprovalDecision>()) Decide(transaction, write);
  for (const auto& write : batch.Collect<ApprovalRequest>()) Insert(transaction, write);
}

}  // namespace derms::store
