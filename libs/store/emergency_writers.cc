#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/store/order_row.h"
#include "libs/store/row_writers.h"
#include "libs/store/sql_array.h"

namespace derms::store {
namespace {

// The number of the last order; no other process stores one before this transaction ends.
std::int64_t LockBank(Transaction& transaction) {
  static constexpr Statement kLock{"bank_lock", "SELECT last_number FROM emergency_bank WHERE one FOR UPDATE"};
  return transaction.Run(kLock, Params()).Int(0, 0);
}

void SetLastNumber(Transaction& transaction, std::int64_t number) {
  static constexpr Statement kSet{"bank_set", "UPDATE emergency_bank SET last_number = $1 WHERE one"};
  transaction.Run(kSet, Params().Add(number));
}

// Orders that hold DERs and that a plan did not know of, of those stored before this transaction. What this transaction
// stores comes from this process, whose plans know of each other.
std::vector<domain::EmergencyOrder> UnknownTo(Transaction& transaction, const EmergencyInsert& row,
                                              std::int64_t last_before) {
  static constexpr Statement kUnknown{
      "orders_unknown", "SELECT " DERMS_ORDER_COLUMNS
                        " FROM emergency_order o WHERE o.number > $1 AND o.number <= $2 AND o.planner <> $3 "
                        "AND o.number <> ALL ($4::bigint[]) AND o.holds_until > now() AND NOT o.exercise "
                        "AND o.kind <> 9 "
                        "ORDER BY o.number LIMIT 1000"};
  std::vector<domain::EmergencyOrder> orders;
  if (row.seen->through >= last_before) return orders;
  const Rows found = transaction.Run(
      kUnknown,
      Params().Add(row.seen->through).Add(last_before).Add(row.planner).AddArray(BigintArray(row.seen->beyond)));
  for (std::size_t i = 0; i < found.size(); ++i) orders.push_back(OrderOf(found, i));
  return orders;
}

void InsertOrder(Transaction& transaction, const EmergencyInsert& row, std::int64_t number) {
  static constexpr Statement kInsert{
      "order_insert",
      "INSERT INTO emergency_order (emergency_id, der_id, region_id, kind, power_kw, shortfall_kw, starts_at, ends_at, "
      "ended_at, reason, exercise, state, der_count, unbound, unbound_count, shares, issued_by, released_by, revision, "
      "number, planner, override_limits, restoration, holds_until) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, "
      "$11, $12, $13, $14::jsonb, $15, $16::jsonb, $17, $18, $19, $20, $21, $22, $23::jsonb, $24)"};
  const domain::EmergencyOrder& order = row.order;
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
                               .Add(order.revision)
                               .Add(number)
                               .Add(row.planner)
                               .Add(order.override_limits)
                               .Add(RestorationJson(order))
                               .Add(order.holds_until()));
}

void InsertOrders(Transaction& transaction, Batch& batch) {
  const auto writes = batch.Collect<EmergencyInsert>();
  if (writes.empty()) return;
  const std::int64_t before = LockBank(transaction);
  std::int64_t last = before;
  for (const auto& write : writes) {
    if (write.row->seen) {
      auto unknown = UnknownTo(transaction, *write.row, before);
      if (!unknown.empty()) {
        batch.newer_orders.insert(batch.newer_orders.end(), unknown.begin(), unknown.end());
        write.item->status =
            base::Aborted("ORDERS_CHANGED",
                          "other orders were given meanwhile, and what is left for this one has changed; repeat it");
        continue;
      }
    }
    InsertOrder(transaction, *write.row, ++last);
    write.item->wrote = true;
  }
  if (last > before) SetLastNumber(transaction, last);
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
      "UPDATE emergency_order SET state = $2, ended_at = $3, released_by = $4, revision = $5, restoration = $6::jsonb, "
      "holds_until = $7 WHERE emergency_id = $1 AND state = 1 AND revision = $5 - 1"};
  const domain::EmergencyOrder& order = write.row->order;
  const Rows ended = transaction.Run(kEnd, Params()
                                               .Add(order.emergency_id)
                                               .Add(static_cast<int>(order.state))
                                               .Add(order.ended_at)
                                               .Add(order.released_by)
                                               .Add(order.revision)
                                               .Add(RestorationJson(order))
                                               .Add(order.holds_until()));
  if (ended.affected() > 0) {
    write.item->wrote = true;
  } else {
    write.item->status = EndRefused(transaction, order.emergency_id);
  }
}

void NoteRestored(Transaction& transaction, const Write<EmergencyRestored>& write) {
  static constexpr Statement kNote{"order_restored",
                                   "UPDATE emergency_order SET restored_at = holds_until WHERE emergency_id = $1 AND "
                                   "state <> 1 AND restored_at IS NULL"};
  if (transaction.Run(kNote, Params().Add(write.row->emergency_id)).affected() > 0) {
    write.item->wrote = true;
  } else {
    write.item->status = base::FailedPrecondition("EMERGENCY_RESTORED", "this was written down already");
  }
}

}  // namespace

void WriteEmergencies(Transaction& transaction, Batch& batch) {
  InsertOrders(transaction, batch);
  for (const auto& write : batch.Collect<EmergencyEnd>()) EndOrder(transaction, write);
  for (const auto& write : batch.Collect<EmergencyRestored>()) NoteRestored(transaction, write);
}

}  // namespace derms::store
