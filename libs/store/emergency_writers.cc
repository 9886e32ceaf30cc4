#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/store/order_row.h"
#include "libs/store/row_writers.h"

namespace derms::store {
namespace {

void InsertOrder(Transaction& transaction, const domain::EmergencyOrder& order) {
  static constexpr Statement kInsert{
      "order_insert",
      "INSERT INTO emergency_order (emergency_id, der_id, region_id, kind, power_kw, shortfall_kw, starts_at, ends_at, "
      "ended_at, reason, exercise, state, der_count, unbound, unbound_count, shares, issued_by, released_by, revision) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14::jsonb, $15, $16::jsonb, $17, $18, $19)"};
  transaction.Run(kInsert, Params()
                               .Add(order.emergency_id)
                               .Add(order.der_id)
                               .Add(order.region_id)
                               .Add(static_cast<int>(order.kind))
                               .Add(order.power_kw)
                               .Add(order.shortfall_kw)
                               .Add(order.starts_at)
                               .Add(order.ends_at)
                               .Add(order.ended_at)
                               .Add(order.reason)
                               .Add(order.exercise)
                               .Add(static_cast<int>(order.state))
                               .Add(order.der_count)
                               .Add(UnboundJson(order))
                               .Add(order.unbound_count)
                               .Add(SharesJson(order))
                               .Add(order.issued_by)
                               .Add(order.released_by)
                               .Add(order.revision));
}

// Why an order could not be ended.
absl::Status EndRefused(Transaction& transaction, const std::string& emergency_id) {
  static constexpr Statement kState{"order_state", "SELECT state FROM emergency_order WHERE emergency_id = $1"};
  const Rows found = transaction.Run(kState, Params().Add(emergency_id));
  if (found.empty()) {
    return base::NotFound("EMERGENCY_NOT_FOUND", absl::StrCat("there is no emergency order ", emergency_id));
  }
  if (found.Small(0, 0) != static_cast<int>(domain::EmergencyState::kActive)) {
    return base::FailedPrecondition("EMERGENCY_ENDED",
                                    absl::StrCat("emergency order ", emergency_id, " has ended already"));
  }
  return base::Aborted("REVISION_MISMATCH", absl::StrCat("emergency order ", emergency_id,
                                                         " was changed meanwhile; read it again and repeat"));
}

void EndOrder(Transaction& transaction, const Write<EmergencyEnd>& write) {
  static constexpr Statement kEnd{
      "order_end",
      "UPDATE emergency_order SET state = $2, ended_at = $3, released_by = $4, revision = $5 "
      "WHERE emergency_id = $1 AND state = 1 AND revision = $5 - 1"};
  const domain::EmergencyOrder& order = write.row->order;
  const Rows ended = transaction.Run(kEnd, Params()
                                               .Add(order.emergency_id)
                                               .Add(static_cast<int>(order.state))
                                               .Add(order.ended_at)
                                               .Add(order.released_by)
                                               .Add(order.revision));
  if (ended.affected() > 0) {
    write.item->wrote = true;
  } else {
    write.item->status = EndRefused(transaction, order.emergency_id);
  }
}

}  // namespace

void WriteEmergencies(Transaction& transaction, Batch& batch) {
  for (const auto& write : batch.Collect<EmergencyInsert>()) {
    InsertOrder(transaction, write.row->order);
    write.item->wrote = true;
  }
  for (const auto& write : batch.Collect<EmergencyEnd>()) EndOrder(transaction, write);
}

}  // namespace derms::store
