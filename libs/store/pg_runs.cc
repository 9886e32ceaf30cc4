#include <utility>

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

}  // namespace

absl::StatusOr<std::optional<domain::Run>> PgQueries::GetRun(std::string_view run_id, absl::Time deadline) {
  static constexpr Statement kGet{"get_run",
                                  "SELECT " DERMS_RUN_COLUMNS " FROM optimization_run n WHERE n.run_id = $1"};
  return SelectOne<domain::Run>(
      deadline, kGet, [&] { return Params().Add(run_id); }, RunOf);
}

absl::StatusOr<std::vector<domain::Run>> PgQueries::ListRuns(std::optional<std::string> region_id, bool applied_only,
                                                             std::optional<std::pair<absl::Time, std::string>> before,
                                                             std::size_t limit, absl::Time deadline) {
  static constexpr Statement kList{
      "list_runs", "SELECT " DERMS_RUN_COLUMNS
                   " FROM optimization_run n WHERE ($1::text IS NULL OR n.region_id = $1) AND (n.applied OR NOT $2) "
                   "AND (n.created_at, n.run_id) < ($3::timestamptz, $4) ORDER BY n.created_at DESC, n.run_id DESC "
                   "LIMIT $5"};
  const auto params = [&] {
    const auto [time, id] = before.value_or(std::pair(absl::InfiniteFuture(), std::string()));
    return Params().Add(region_id).Add(applied_only).Add(time).Add(id).Add(limit);
  };
  return Select<domain::Run>(deadline, kList, params, RunOf);
}

// DERs in order of their ids, each with its intervals: of the run that is asked for, or for each instant that of the
// newest applied run. LATERAL lets the page end after as many DERs as it needs.
absl::StatusOr<std::vector<SetPoint>> PgQueries::ListSchedules(const ScheduleFilter& filter,
                                                               std::string_view after_der_id, absl::Time after_time,
                                                               std::size_t limit, absl::Time deadline) {
  static constexpr Statement kList{
      "list_schedules",
      "SELECT d.der_id, (extract(epoch FROM p.starts_at) * 1000000)::bigint, p.power_kw, p.charge_kwh, p.priority, "
      "p.score, p.run_id FROM der d CROSS JOIN LATERAL ("
      "  SELECT DISTINCT ON (t.starts_at) t.starts_at, s.power_kw[i] AS power_kw, s.state_of_charge_kwh[i] AS "
      "  charge_kwh, s.priority[i] AS priority, s.grid_stability_score[i] AS score, s.run_id "
      "  FROM schedule s JOIN optimization_run n ON n.run_id = s.run_id "
      "  CROSS JOIN LATERAL generate_series(1, n.interval_count) AS i "
      "  CROSS JOIN LATERAL (SELECT n.starts_at + (i - 1) * n.interval_us * interval '1 microsecond' AS starts_at, "
      "    n.starts_at + i * n.interval_us * interval '1 microsecond' AS ends_at) t "
      "  WHERE s.der_key = d.der_key AND CASE WHEN $3::text IS NULL THEN n.applied ELSE n.run_id = $3 END "
      "  AND t.ends_at > $5::timestamptz AND t.starts_at < $6::timestamptz "
      "  AND (d.der_id > $7 OR t.starts_at > $8::timestamptz) "
      "  ORDER BY t.starts_at, n.created_at DESC, n.run_id DESC) p "
      "WHERE d.der_id >= $7 AND ($1::text IS NULL OR d.der_id = $1) AND ($2::text IS NULL OR d.owner_id = $2) "
      "AND ($4::text[] = '{}' OR d.region_id = ANY ($4::text[])) ORDER BY d.der_id, p.starts_at LIMIT $9"};
  const auto params = [&] {
    return Params()
        .Add(filter.der_id)
        .Add(filter.owner_id)
        .Add(filter.run_id)
        .AddArray(TextArray(filter.region_ids))
        .Add(filter.from)
        .Add(filter.until)
        .Add(after_der_id)
        .Add(after_time)
        .Add(limit);
  };
  return Select<SetPoint>(deadline, kList, params, SetPointOf);
}

}  // namespace derms::store
