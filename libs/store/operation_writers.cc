#include <algorithm>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/store/order_row.h"
#include "libs/store/row_writers.h"

namespace derms::store {
namespace {

constexpr std::size_t kSchedulesPerStatement = 1000;  // keeps one statement at a megabyte or so

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

// Some of the rows of a run, as flat arrays that the statement cuts into rows: unnest would take arrays of arrays
// apart.
class ScheduleSlice {
 public:
  explicit ScheduleSlice(const domain::Schedules& schedules) : all_(schedules) {}
  void Add(std::size_t der, std::optional<std::size_t> storage) {
    const auto count = static_cast<std::size_t>(all_.interval_count);
    keys_.Add(base::DerKeyOf(all_.der_ids[der]));
    AddRow(all_.power_kw, der, powers_);
    places_.Add(storage ? std::optional(++storages_) : std::nullopt);
    if (storage) AddRow(all_.state_of_charge_kwh, *storage, charges_);
    const auto at = static_cast<std::ptrdiff_t>(der * count), end = static_cast<std::ptrdiff_t>((der + 1) * count);
    priorities_.append(all_.priority.begin() + at, all_.priority.begin() + end);
    scores_.append(all_.grid_stability_score.begin() + at, all_.grid_stability_score.begin() + end);
  }
  Params Take(const std::string& run_id) {
    Params params;
    params.Add(run_id).Add(all_.interval_count).AddArray(keys_).AddArray(places_).AddArray(powers_).AddArray(charges_);
    params.AddBytes(priorities_).AddBytes(scores_);
    priorities_.clear();
    scores_.clear();
    storages_ = 0;
    return params;
  }

 private:
  void AddRow(const std::vector<float>& values, std::size_t row, RealArray& array) const {
    const auto count = static_cast<std::size_t>(all_.interval_count);
    for (std::size_t i = row * count; i < (row + 1) * count; ++i) array.Add(values[i]);
  }

  const domain::Schedules& all_;
  BigintArray keys_;
  IntegerArray places_;  // of the storage among those of the slice, from 1
  RealArray powers_, charges_;
  std::string priorities_, scores_;
  std::int32_t storages_ = 0;
};

void InsertSchedules(Transaction& transaction, const std::string& run_id, const domain::Schedules& schedules) {
  static constexpr Statement kInsert{
      "schedule_insert",
      "INSERT INTO schedule (run_id, der_key, power_kw, state_of_charge_kwh, priority, grid_stability_score) "
      "SELECT $1, k, ($5::real[])[(i - 1) * $2::int + 1 : i * $2::int], "
      "CASE WHEN s IS NOT NULL THEN ($6::real[])[(s - 1) * $2::int + 1 : s * $2::int] END, "
      "substring($7::bytea FROM (i - 1) * $2::int + 1 FOR $2::int), "
      "substring($8::bytea FROM (i - 1) * $2::int + 1 FOR $2::int) "
      "FROM (SELECT k, s, i::int FROM unnest($3::bigint[], $4::int[]) WITH ORDINALITY AS v (k, s, i)) u"};
  ScheduleSlice slice(schedules);
  std::size_t storages = 0;
  for (std::size_t der = 0; der < schedules.der_ids.size(); ++der) {
    slice.Add(der, schedules.is_storage[der] ? std::optional(storages++) : std::nullopt);
    const bool last = der + 1 == schedules.der_ids.size();
    if (last || (der + 1) % kSchedulesPerStatement == 0) transaction.Run(kInsert, slice.Take(run_id));
  }
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
    InsertSchedules(transaction, run.run_id, write.row->schedules);
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
