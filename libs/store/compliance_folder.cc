#include "libs/store/compliance_folder.h"

#include <algorithm>
#include <utility>

#include "libs/store/compliance_findings.h"
#include "libs/store/compliance_rows.h"
#include "libs/store/grid_record_row.h"

namespace derms::store {
namespace {

using domain::ComplianceRun;
using domain::JudgedHour;

constexpr int kMostSteps = 48;         // hours that a late reading may reach on in one transaction
constexpr std::size_t kMostDue = 500;  // DERs that go on at a time

// What of a run that is open is kept with its hour: the evidence of a finding stands in the finding.
std::vector<ComplianceRun> AsKept(std::vector<ComplianceRun> open, int least_samples) {
  for (ComplianceRun& run : open) {
    if (run.sample_count >= least_samples) run.evidence.clear();
  }
  return open;
}

class HourJudging {
 public:
  HourJudging(Transaction& transaction, ReadingJudge& judge, const Grids& grids, Hours hours)
      : transaction_(transaction), judge_(judge), grids_(grids), hours_(std::move(hours)) {}

  void Run(const std::set<DerHour>& touched) {
    std::set<DerHour> step;
    for (const DerHour& hour : touched) {
      if (grids_.count(hour.der_key) > 0 && !PointsOf(hours_, hour).empty()) step.insert(hour);
    }
    for (int count = 0; !step.empty(); ++count) {
      if (count == kMostSteps) {
        LeaveDue(step);
        break;
      }
      if (count > 0) hours_.merge(LoadChunks(transaction_, step));
      LoadOpen(step);
      step = Judge(step, count == 0 ? touched : step);
    }
    StoreHours();
    ReplaceFindings(transaction_, judge_, Stretches());
  }

 private:
  // The hours after those judged in which runs go on otherwise than they did; `known`: their turn comes anyway.
  std::set<DerHour> Judge(const std::set<DerHour>& step, const std::set<DerHour>& known) {
    std::set<DerHour> next;
    for (const DerHour& hour : step) {
      const std::vector<domain::ReadingPoint>& points = PointsOf(hours_, hour);
      if (points.empty()) continue;
      const std::vector<ComplianceRun> open = OpenBefore(hour);
      judged_[hour] = judge_.Judge({grids_.at(hour.der_key).der_id, PointsOf(hours_, hour.Before()), points, open});
      if (!IsAsBefore(hour) && known.count(hour.Next()) == 0) next.insert(hour.Next());
    }
    return next;
  }

  std::vector<ComplianceRun> OpenBefore(const DerHour& hour) const {
    const auto judged = judged_.find(hour.Before());
    if (judged != judged_.end()) return judged->second.open;
    const auto stored = stored_.find(hour.Before());
    return stored == stored_.end() ? std::vector<ComplianceRun>() : stored->second;
  }
  bool IsAsBefore(const DerHour& hour) const {
    const auto stored = stored_.find(hour);
    const auto now = AsKept(judged_.at(hour).open, judge_.least_samples());
    return stored == stored_.end() ? now.empty() : now == stored->second;
  }

  // What the hours before these, and these themselves, left open so far.
  void LoadOpen(const std::set<DerHour>& step) {
    static constexpr Statement kLoad{
        "compliance_open",
        "SELECT c.der_key, (extract(epoch FROM c.hour_at) * 1000000)::bigint, c.open_runs::text FROM "
        "unnest($1::bigint[], $2::timestamptz[]) AS u (k, h) JOIN compliance_hour c ON c.der_key = u.k AND "
        "c.hour_at = u.h WHERE c.open_runs IS NOT NULL"};
    std::set<DerHour> wanted;
    for (const DerHour& hour : step) wanted.insert({hour.Before(), hour});
    const Rows rows = transaction_.Run(kLoad, ParamsOf(wanted));
    for (std::size_t row = 0; row < rows.size(); ++row) {
      stored_[{rows.Int(row, 0), rows.Micros(row, 1)}] = RunsOf(rows.View(row, 2));
    }
  }

  void LeaveDue(const std::set<DerHour>& step) const {
    static constexpr Statement kLeave{
        "compliance_due_leave",
        "INSERT INTO compliance_due AS d (der_key, from_hour) SELECT k, min(h) FROM unnest($1::bigint[], "
        "$2::timestamptz[]) AS u (k, h) GROUP BY k ON CONFLICT (der_key) DO UPDATE SET from_hour = "
        "least(d.from_hour, excluded.from_hour)"};
    transaction_.Run(kLeave, ParamsOf(step));
  }

  void StoreHours() const {
    static constexpr Statement kStore{
        "compliance_hours_store",
        "INSERT INTO compliance_hour (der_key, hour_at, judged, not_judged, reactive_judged, active_outside, "
        "reactive_outside, open_runs) SELECT * FROM unnest($1::bigint[], $2::timestamptz[], $3::int[], $4::int[], "
        "$5::int[], $6::int[], $7::int[], $8::jsonb[]) ON CONFLICT (der_key, hour_at) DO UPDATE SET "
        "judged = excluded.judged, not_judged = excluded.not_judged, reactive_judged = excluded.reactive_judged, "
        "active_outside = excluded.active_outside, reactive_outside = excluded.reactive_outside, "
        "open_runs = excluded.open_runs"};
    if (judged_.empty()) return;
    BigintArray keys;
    TimestampArray times;
    IntegerArray judged, not_judged, reactive, active_outside, reactive_outside;
    JsonbArray open;
    for (const auto& [hour, result] : judged_) {
      keys.Add(hour.der_key);
      times.Add(hour.hour_at);
      judged.Add(result.counts.judged);
      not_judged.Add(result.counts.not_judged);
      reactive.Add(result.counts.reactive_judged);
      active_outside.Add(result.counts.active_outside);
      reactive_outside.Add(result.counts.reactive_outside);
      const auto kept = AsKept(result.open, judge_.least_samples());
      open.Add(kept.empty() ? std::nullopt : std::optional(RunsJson(kept)));
    }
    Params params;
    params.AddArray(keys).AddArray(times).AddArray(judged).AddArray(not_judged).AddArray(reactive);
    params.AddArray(active_outside).AddArray(reactive_outside).AddArray(open);
    transaction_.Run(kStore, params);
  }

  std::vector<JudgedStretch> Stretches() const {
    std::vector<JudgedStretch> stretches;
    for (auto each = judged_.begin(); each != judged_.end(); ++each) {
      const auto& [hour, result] = *each;
      if (each == judged_.begin() || !(std::prev(each)->first.Next() == hour)) {
        JudgedStretch stretch{.der_key = hour.der_key, .begin = hour.hour_at, .end = hour.hour_at};
        for (ComplianceRun& run : OpenBefore(hour)) AddIfLong(std::move(run), stretch.resumed);
        stretches.push_back(std::move(stretch));
      }
      JudgedStretch& stretch = stretches.back();
      stretch.end += absl::Hours(1);
      stretch.found.insert(stretch.found.end(), result.ended.begin(), result.ended.end());
      const auto next = std::next(each);
      if (next != judged_.end() && next->first == hour.Next()) continue;
      for (const ComplianceRun& run : result.open) AddIfLong(run, stretch.found);
      stretch.open = result.open;
    }
    return stretches;
  }
  void AddIfLong(ComplianceRun run, std::vector<ComplianceRun>& runs) const {
    if (run.sample_count >= judge_.least_samples()) runs.push_back(std::move(run));
  }

  Transaction& transaction_;
  ReadingJudge& judge_;
  const Grids& grids_;
  Hours hours_;
  std::map<DerHour, std::vector<ComplianceRun>> stored_;  // as the last fold left them; absent: none
  std::map<DerHour, JudgedHour> judged_;
};

// Records of DERs whose newest one the judge does not know.
void Teach(Transaction& transaction, ReadingJudge& judge, const Grids& grids) {
  static constexpr Statement kRecords{"compliance_records", "SELECT " DERMS_GRID_RECORD_COLUMNS
                                                            " FROM grid_record g WHERE g.der_key = ANY ($1::bigint[]) "
                                                            "ORDER BY g.der_key, g.revision"};
  judge.BeginFold();
  BigintArray unknown;
  for (const auto& [key, grid] : grids) {
    if (!judge.Knows(grid.der_id, grid.revision)) unknown.Add(key);
  }
  if (unknown.empty()) return;
  const Rows rows = transaction.Run(kRecords, Params().AddArray(unknown));
  std::vector<domain::GridRecord> records;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    domain::GridRecord record = GridRecordOf(rows, row);
    if (!records.empty() && records.back().der_id != record.der_id) judge.Learn(std::exchange(records, {}));
    records.push_back(std::move(record));
  }
  if (!records.empty()) judge.Learn(records);
}

}  // namespace

Grids LoadGrids(Transaction& transaction, const std::set<DerHour>& hours) {
  static constexpr Statement kLoad{
      "grids_load",
      "SELECT u.k, g.der_id, g.revision, g.nominal_v FROM unnest($1::bigint[]) AS u (k) CROSS JOIN LATERAL (SELECT "
      "r.der_id, r.revision, nullif((r.nameplate->>'v_nominal_v')::float8, 0) AS nominal_v FROM grid_record r WHERE "
      "r.der_key = u.k ORDER BY r.revision DESC LIMIT 1) g"};
  BigintArray keys;
  std::optional<base::DerKey> last;
  for (const DerHour& hour : hours) {
    if (last != hour.der_key) keys.Add(hour.der_key);
    last = hour.der_key;
  }
  Grids grids;
  if (keys.empty()) return grids;
  const Rows rows = transaction.Run(kLoad, Params().AddArray(keys));
  for (std::size_t row = 0; row < rows.size(); ++row) {
    grids[rows.Int(row, 0)] = {rows.Text(row, 1), rows.Int(row, 2), rows.MaybeDouble(row, 3)};
  }
  return grids;
}

Hours TakeDue(Transaction& transaction) {
  static constexpr Statement kTake{
      "compliance_due_take",
      "DELETE FROM compliance_due WHERE der_key IN (SELECT der_key FROM compliance_due ORDER BY der_key LIMIT $1) "
      "RETURNING der_key, (extract(epoch FROM from_hour) * 1000000)::bigint"};
  const Rows rows = transaction.Run(kTake, Params().Add(kMostDue));
  Hours due;
  for (std::size_t row = 0; row < rows.size(); ++row) due[{rows.Int(row, 0), rows.Micros(row, 1)}];
  return due;
}

void JudgeHours(Transaction& transaction, ReadingJudge& judge, const Grids& grids, const std::set<DerHour>& touched,
                Hours hours) {
  if (grids.empty()) return;
  Teach(transaction, judge, grids);
  HourJudging(transaction, judge, grids, std::move(hours)).Run(touched);
}

}  // namespace derms::store
