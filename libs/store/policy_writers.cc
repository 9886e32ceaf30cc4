#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/store/row_writers.h"

namespace derms::store {
namespace {

absl::Status Changed(const std::string& policy_id) {
  return base::Aborted("REVISION_MISMATCH",
                       absl::StrCat("policy ", policy_id, " was changed meanwhile; read it again and repeat"));
}

// Where the runner stands is kept by a change: its last run may still be under way. Failures count anew.
bool Put(Transaction& transaction, const domain::OptimizationPolicy& policy) {
  static constexpr Statement kInsert{
      "policy_insert",
      "INSERT INTO optimization_policy (policy_id, region_id, every_us, request, paused, put_by, updated_at, revision, "
      "next_due_at, last_run_id, last_run_noted, last_error_reason, last_error_detail, consecutive_failures) "
      "VALUES ($1, $2, $3, $4::jsonb, $5, $6, $7, $8, $9, '', true, '', '', 0) ON CONFLICT DO NOTHING"};
  static constexpr Statement kUpdate{
      "policy_update",
      "UPDATE optimization_policy SET region_id = $2, every_us = $3, request = $4::jsonb, paused = $5, put_by = $6, "
      "updated_at = $7, revision = $8, next_due_at = $9, consecutive_failures = 0 WHERE policy_id = $1 AND revision = "
      "$8 - 1"};
  return transaction
             .Run(policy.revision == 1 ? kInsert : kUpdate, Params()
                                                                .Add(policy.policy_id)
                                                                .Add(policy.region_id)
                                                                .Add(absl::ToInt64Microseconds(policy.every))
                                                                .Add(policy.request_json)
                                                                .Add(policy.paused)
                                                                .Add(policy.put_by)
                                                                .Add(policy.updated_at)
                                                                .Add(policy.revision)
                                                                .Add(policy.next_due_at))
             .affected() > 0;
}

bool Delete(Transaction& transaction, const PolicyDelete& row) {
  static constexpr Statement kDelete{"policy_delete",
                                     "DELETE FROM optimization_policy WHERE policy_id = $1 AND revision = $2"};
  return transaction.Run(kDelete, Params().Add(row.policy_id).Add(row.revision)).affected() > 0;
}

bool Step(Transaction& transaction, const PolicyStep& row) {
  static constexpr Statement kStep{
      "policy_step",
      "UPDATE optimization_policy SET next_due_at = $4, last_run_id = $5, last_run_noted = $6, last_error_reason = $7, "
      "last_error_detail = $8, consecutive_failures = $9 WHERE policy_id = $1 AND revision = $2 AND next_due_at = $3"};
  const domain::OptimizationPolicy& policy = row.policy;
  return transaction
             .Run(kStep, Params()
                             .Add(policy.policy_id)
                             .Add(policy.revision)
                             .Add(row.seen_due_at)
                             .Add(policy.next_due_at)
                             .Add(policy.last_run_id)
                             .Add(policy.last_run_noted)
                             .Add(policy.last_error_reason)
                             .Add(policy.last_error_detail)
                             .Add(policy.consecutive_failures))
             .affected() > 0;
}

void Conclude(BatchItem& item, bool written, const std::string& policy_id) {
  if (written) {
    item.wrote = true;
  } else {
    item.status = Changed(policy_id);
  }
}

}  // namespace

void WritePolicies(Transaction& transaction, Batch& batch) {
  for (const auto& write : batch.Collect<PolicyPut>()) {
    Conclude(*write.item, Put(transaction, write.row->policy), write.row->policy.policy_id);
  }
  for (const auto& write : batch.Collect<PolicyDelete>()) {
    Conclude(*write.item, Delete(transaction, *write.row), write.row->policy_id);
  }
  for (const auto& write : batch.Collect<PolicyStep>()) {
    Conclude(*write.item, Step(transaction, *write.row), write.row->policy.policy_id);
  }
}

}  // namespace derms::store
