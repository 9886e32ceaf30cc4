#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "libs/base/error.h"
#include "libs/store/order_row.h"
#include "libs/store/row_writers.h"

namespace derms::store {
namespace {

constexpr std::size_t kSchedulesPerStatement = 1000;  // keeps one statement's text at a few megabytes

bool InsertRun(Transaction& transaction, const domain::Run& run) {
  static constexpr Statement kInsert{
      "run_insert",
      "INSERT INTO optimization_run (run_id, region_id, starts_at, ends_at, interval_us, interval_count, applied, "
      "requested_by, created_at, detail) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::jsonb) "
      "ON CONFLICT DO NOTHING"};
  return transaction
             .Run(kInsert, Params()
                               .Add(run.run_id)
                               .Add(run.region_id)
                               .Add(run.starts_at)
                               .Add(run.starts_at + run.interval_count * run.interval)
                               .Add(absl::ToInt64Microseconds(run.interval))
                               .Add(run.interval_count)
                               .Add(run.applied)
                               .Add(run.requested_by)
                               .Add(run.created_at)
                               .Add(run.detail_json))
             .affected() > 0;
}

// Arrays of arrays must be rectangular for unnest, so each DER's array travels as text.
template <typename Number>
std::string NumbersText(const std::vector<Number>& numbers) {
  const auto append = [](std::string* text, Number number) { text->append(DoubleText(number)); };
  return absl::StrCat("{", absl::StrJoin(numbers, ",", append), "}");
}

void InsertSchedules(Transaction& transaction, const std::string& run_id,
                     const std::vector<domain::ScheduleRow>& schedules, std::size_t begin, std::size_t end) {
  static constexpr Statement kInsert{
      "schedule_insert",
      "INSERT INTO schedule (run_id, der_key, power_kw, state_of_charge_kwh, priority, grid_stability_score) "
      "SELECT $1, k, p::float8[], c::float8[], i::smallint[], s::smallint[] "
      "FROM unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[]) AS u (k, p, c, i, s)"};
  BigintArray keys;
  TextArray powers, charges, priorities, scores;
  for (std::size_t i = begin; i < end; ++i) {
    const domain::ScheduleRow& row = schedules[i];
    keys.Add(base::DerKeyOf(row.der_id));
    powers.Add(NumbersText(row.power_kw));
    charges.Add(NumbersText(row.state_of_charge_kwh));
    priorities.Add(NumbersText(row.priority));
    scores.Add(NumbersText(row.grid_stability_score));
  }
  transaction.Run(
      kInsert,
      Params().Add(run_id).AddArray(keys).AddArray(powers).AddArray(charges).AddArray(priorities).AddArray(scores));
}

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

void WriteRuns(Transaction& transaction, Batch& batch) {
  for (const auto& write : batch.Collect<RunInsert>()) {
    const domain::Run& run = write.row->run;
    if (!InsertRun(transaction, run)) {
      write.item->status = base::AlreadyExists("RUN_EXISTS", absl::StrCat("run ", run.run_id, " is stored already"));
      continue;
    }
    write.item->wrote = true;
    const auto& schedules = write.row->schedules;
    for (std::size_t begin = 0; begin < schedules.size(); begin += kSchedulesPerStatement) {
      const std::size_t end = std::min(schedules.size(), begin + kSchedulesPerStatement);
      InsertSchedules(transaction, run.run_id, schedules, begin, end);
    }
  }
}

void WriteEmergencies(Transaction& transaction, Batch& batch) {
  for (const auto& write : batch.Collect<EmergencyInsert>()) {
    InsertOrder(transaction, write.row->order);
    write.item->wrote = true;
  }
  for (const auto& write : batch.Collect<EmergencyEnd>()) EndOrder(transaction, write);
}

}  // namespace derms::store
