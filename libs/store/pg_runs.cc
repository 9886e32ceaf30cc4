#include <algorithm>
#include <utility>

#include "libs/store/der_row.h"
#include "libs/store/float_array.h"
#include "libs/store/order_row.h"
#include "libs/store/pg_queries.h"

namespace derms::store {
namespace {

SetPoint SetPointOf(const Rows& rows, std::size_t row) {
  int column = 0;
  SetPoint point;
  point.der_id = rows.Text(row, column++);
  point.starts_at = rows.Micros(row, column++);
  point.power_kw = rows.Double(row, column++);
  point.state_of_charge_kwh = rows.MaybeDouble(row, column++);
  point.priority = rows.Small(row, column++);
  point.grid_stability_score = rows.Small(row, column++);
  point.run_id = rows.Text(row, column++);
  return point;
}

// The next DERs of the filter, in order of their ids.
Rows NextDers(Transaction& transaction, const ScheduleFilter& filter, std::string_view from_der_id, bool inclusive,
              std::size_t limit) {
  static constexpr Statement kNext{
      "schedule_ders",
      "SELECT der_key, der_id FROM der d WHERE d.der_id >= $1 AND (d.der_id > $1 OR $6) AND ($2::text IS NULL OR "
      "d.der_id = $2) "
      "AND ($3::text IS NULL OR d.owner_id = $3) AND ($4::text[] = '{}' OR d.region_id = ANY ($4::text[])) "
      "ORDER BY d.der_id LIMIT $5"};
  return transaction.Run(kNext, Params()
                                    .Add(from_der_id)
                                    .Add(filter.der_id)
                                    .Add(filter.owner_id)
                                    .AddArray(TextArray(filter.region_ids))
                                    .Add(limit)
                                    .Add(inclusive));
}

// Each DER with its intervals: of the run that is asked for, or for each instant of the newest applied run.
Rows PointsOf(Transaction& transaction, const Rows& ders, const ScheduleFilter& filter, std::string_view after_der_id,
              absl::Time after_time, std::size_t limit) {
  static constexpr Statement kPoints{
      "schedule_points",
      "SELECT d.der_id, (extract(epoch FROM p.starts_at) * 1000000)::bigint, p.power_kw, p.charge_kwh, p.priority, "
      "p.score, p.run_id FROM unnest($1::bigint[], $2::text[]) AS d (der_key, der_id) CROSS JOIN LATERAL ("
      "  SELECT DISTINCT ON (t.starts_at) t.starts_at, s.power_kw[i] AS power_kw, s.state_of_charge_kwh[i] AS "
      "  charge_kwh, get_byte(s.priority, i - 1) AS priority, get_byte(s.grid_stability_score, i - 1) AS score, "
      "s.run_id "
      "  FROM schedule s JOIN optimization_run n ON n.run_id = s.run_id "
      "  CROSS JOIN LATERAL generate_series(1, n.interval_count) AS i "
      "  CROSS JOIN LATERAL (SELECT n.starts_at + (i - 1) * n.interval_us * interval '1 microsecond' AS starts_at, "
      "    n.starts_at + i * n.interval_us * interval '1 microsecond' AS ends_at) t "
      "  WHERE s.der_key = d.der_key AND CASE WHEN $3::text IS NULL THEN n.applied ELSE n.run_id = $3 END "
      "  AND t.ends_at > $4::timestamptz AND t.starts_at < $5::timestamptz "
      "  AND (d.der_id > $6 OR t.starts_at > $7::timestamptz) "
      "  ORDER BY t.starts_at, n.created_at DESC, n.run_id DESC) p ORDER BY d.der_id, p.starts_at LIMIT $8"};
  BigintArray keys;
  TextArray ids;
  for (std::size_t row = 0; row < ders.size(); ++row) {
    keys.Add(ders.Int(row, 0));
    ids.Add(ders.View(row, 1));
  }
  return transaction.Run(kPoints, Params()
                                      .AddArray(keys)
                                      .AddArray(ids)
                                      .Add(filter.run_id)
                                      .Add(filter.from)
                                      .Add(filter.until)
                                      .Add(after_der_id)
                                      .Add(after_time)
                                      .Add(limit));
}

}  // namespace

absl::StatusOr<std::optional<domain::Run>> PgQueries::GetRun(std::string_view run_id, absl::Time deadline) {
  static constexpr Statement kGet{"get_run",
                                  "SELECT " DERMS_RUN_COLUMNS " FROM optimization_run n WHERE n.run_id = $1"};
  return SelectOne<domain::Run>(
      deadline, kGet, [&] { return Params().Add(run_id); }, RunOf);
}

absl::StatusOr<std::vector<domain::Run>> PgQueries::ListRuns(const RunFilter& filter,
                                                             std::optional<std::pair<absl::Time, std::string>> before,
                                                             std::size_t limit, absl::Time deadline) {
  static constexpr Statement kList{
      "list_runs", "SELECT " DERMS_RUN_COLUMNS
                   " FROM optimization_run n WHERE ($1::text IS NULL OR n.region_id = $1) AND (n.applied OR NOT $2) "
                   "AND ($6::int = 0 OR n.state = $6::int) "
                   "AND (n.created_at, n.run_id) < ($3::timestamptz, $4) ORDER BY n.created_at DESC, n.run_id DESC "
                   "LIMIT $5"};
  const auto params = [&] {
    const auto [time, id] = before.value_or(std::pair(absl::InfiniteFuture(), std::string()));
    const int state = filter.state ? static_cast<int>(*filter.state) : 0;
    return Params().Add(filter.region_id).Add(filter.applied_only).Add(time).Add(id).Add(limit).Add(state);
  };
  return Select<domain::Run>(deadline, kList, params, RunOf);
}

absl::StatusOr<std::vector<RunningRun>> PgQueries::ListRunningRuns(absl::Duration silence, std::size_t limit,
                                                                   absl::Time deadline) {
  static constexpr Statement kRunning{
      "running_runs",
      "SELECT run_id, runner, cancelled_by, heartbeat_at < clock_timestamp() - $1 * interval '1 microsecond' "
      "FROM optimization_run WHERE state = 3 ORDER BY run_id LIMIT $2"};
  return Select<RunningRun>(
      deadline, kRunning, [&] { return Params().Add(absl::ToInt64Microseconds(silence)).Add(limit); },
      [](const Rows& rows, std::size_t row) {
        return RunningRun{rows.Text(row, 0), rows.Text(row, 1), rows.Text(row, 2), rows.Bool(row, 3)};
      });
}

// In steps of some DERs: in one statement a planner that does not know the tables well sorts the whole fleet for a
// page.
absl::StatusOr<std::vector<SetPoint>> PgQueries::ListSchedules(const ScheduleFilter& filter,
                                                               std::string_view after_der_id, absl::Time after_time,
                                                               std::size_t limit, absl::Time deadline) {
  constexpr std::size_t kFirstStep = 32, kLargestStep = 4096;  // grows past DERs without a schedule
  std::vector<SetPoint> points;
  const absl::Status status = pool_.Run(Transaction::Kind::kSnapshot, deadline, [&](Transaction& transaction) {
    points.clear();
    std::string from(after_der_id);
    bool inclusive = true;  // of that DER some intervals may be left
    for (std::size_t step = kFirstStep; points.size() < limit; step = std::min(4 * step, kLargestStep)) {
      const Rows ders = NextDers(transaction, filter, from, inclusive, step);
      if (ders.empty()) return;
      const Rows rows = PointsOf(transaction, ders, filter, after_der_id, after_time, limit - points.size());
      for (std::size_t row = 0; row < rows.size(); ++row) points.push_back(SetPointOf(rows, row));
      if (ders.size() < step) return;
      from = ders.Text(ders.size() - 1, 1);
      inclusive = false;
    }
  });
  if (!status.ok()) return status;
  return points;
}

absl::StatusOr<std::vector<DerSchedule>> PgQueries::ListRunSchedules(const ScheduleFilter& filter,
                                                                     std::string_view after_der_id, std::size_t limit,
                                                                     absl::Time deadline) {
  static constexpr Statement kList{
      "run_schedules",
      "SELECT " DERMS_DER_COLUMNS
      ", s.power_kw, s.state_of_charge_kwh FROM der d JOIN schedule s ON s.der_key = d.der_key AND s.run_id = $1 "
      "WHERE d.der_id > $2 AND ($3::text IS NULL OR d.der_id = $3) AND ($4::text IS NULL OR d.owner_id = $4) "
      "AND ($5::text[] = '{}' OR d.region_id = ANY ($5::text[])) ORDER BY d.der_id LIMIT $6"};
  const auto params = [&] {
    return Params()
        .Add(filter.run_id)
        .Add(after_der_id)
        .Add(filter.der_id)
        .Add(filter.owner_id)
        .AddArray(TextArray(filter.region_ids))
        .Add(limit);
  };
  return Select<DerSchedule>(deadline, kList, params, [](const Rows& rows, std::size_t row) {
    DerSchedule schedule{.der = DerOf(rows, row)};
    schedule.power_kw = FloatArrayOf(rows.View(row, kDerColumnCount));
    if (!rows.IsNull(row, kDerColumnCount + 1)) {
      schedule.state_of_charge_kwh = FloatArrayOf(rows.View(row, kDerColumnCount + 1));
    }
    return schedule;
  });
}

}  // namespace derms::store
