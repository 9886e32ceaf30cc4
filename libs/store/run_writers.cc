#include <algorithm>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/store/row_writers.h"

namespace derms::store {
namespace {

constexpr std::size_t kSchedulesPerStatement = 1000;  // keeps one statement at a megabyte or so

bool InsertRun(Transaction& transaction, const domain::Run& run) {
  static constexpr Statement kInsert{
      "run_insert",
      "INSERT INTO optimization_run (run_id, region_id, starts_at, ends_at, interval_us, interval_count, applied, "
      "requested_by, created_at, detail, state, runner, ended_at) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::jsonb, $11, $12, $13) ON CONFLICT DO NOTHING"};
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
                               .Add(run.detail_json)
                               .Add(static_cast<int>(run.state))
                               .Add(run.runner)
                               .Add(run.ended_at))
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

// Why a run could not be changed.
absl::Status RunRefused(Transaction& transaction, const std::string& run_id) {
  static constexpr Statement kState{"run_state", "SELECT state FROM optimization_run WHERE run_id = $1"};
  const Rows found = transaction.Run(kState, Params().Add(run_id));
  if (found.empty()) return base::NotFound("RUN_NOT_FOUND", absl::StrCat("there is no run ", run_id));
  if (found.Small(0, 0) != static_cast<int>(domain::RunState::kRunning)) {
    return base::FailedPrecondition("RUN_ENDED", absl::StrCat("run ", run_id, " has ended already"));
  }
  return base::Aborted("RUN_OF_ANOTHER", absl::StrCat("run ", run_id, " is solved by another process"));
}

// One that was given up belongs to whoever finds its heart still; a process that comes back finds it ended.
Rows EndRun(Transaction& transaction, const RunFinish& finish) {
  static constexpr Statement kFinish{
      "run_finish",
      "UPDATE optimization_run SET state = $2, applied = $3, ended_at = $4, detail = $5::jsonb, progress = '' "
      "WHERE run_id = $1 AND state = 3 AND CASE WHEN $7::bigint > 0 "
      "THEN heartbeat_at < clock_timestamp() - $7::bigint * interval '1 microsecond' ELSE runner = $6 END"};
  const domain::Run& run = finish.run;
  return transaction.Run(kFinish, Params()
                                      .Add(run.run_id)
                                      .Add(static_cast<int>(run.state))
                                      .Add(run.applied)
                                      .Add(run.ended_at)
                                      .Add(run.detail_json)
                                      .Add(run.runner)
                                      .Add(absl::ToInt64Microseconds(finish.silent_for)));
}

void FinishRun(Transaction& transaction, const Write<RunFinish>& write) {
  const std::string& run_id = write.row->run.run_id;
  if (EndRun(transaction, *write.row).affected() == 0) {
    write.item->status = RunRefused(transaction, run_id);
    return;
  }
  write.item->wrote = true;
  InsertSchedules(transaction, run_id, write.row->schedules);
}

// Who asked first stays.
void CancelRun(Transaction& transaction, const Write<RunCancel>& write) {
  static constexpr Statement kCancel{"run_cancel",
                                     "UPDATE optimization_run SET cancelled_by = CASE WHEN cancelled_by = '' THEN $2 "
                                     "ELSE cancelled_by END WHERE run_id = $1 AND state = 3"};
  const RunCancel& cancel = *write.row;
  if (transaction.Run(kCancel, Params().Add(cancel.run_id).Add(cancel.cancelled_by)).affected() > 0) {
    write.item->wrote = true;
  } else {
    write.item->status = RunRefused(transaction, cancel.run_id);
  }
}

void BeatRun(Transaction& transaction, const Write<RunBeat>& write) {
  static constexpr Statement kBeat{"run_beat",
                                   "UPDATE optimization_run SET heartbeat_at = clock_timestamp(), progress = $3 "
                                   "WHERE run_id = $1 AND runner = $2 AND state = 3"};
  const RunBeat& beat = *write.row;
  if (transaction.Run(kBeat, Params().Add(beat.run_id).Add(beat.runner).Add(beat.progress_json)).affected() > 0) {
    write.item->wrote = true;
  } else {
    write.item->status = RunRefused(transaction, beat.run_id);
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
  for (const auto& write : batch.Collect<RunCancel>()) CancelRun(transaction, write);
  for (const auto& write : batch.Collect<RunBeat>()) BeatRun(transaction, write);
  for (const auto& write : batch.Collect<RunFinish>()) FinishRun(transaction, write);
}

}  // namespace derms::store
