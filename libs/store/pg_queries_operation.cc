// Series, runs, schedules and emergency orders.
#include <cstdlib>
#include <limits>
#include <map>

#include "libs/store/order_row.h"
#include "libs/store/pg_queries.h"
#include "libs/store/series_chunks.h"

namespace derms::store {
namespace {

constexpr double kNoValue = std::numeric_limits<double>::quiet_NaN();

// Lays the numbers of "1.5,NaN,..." over `values`, whose first one belongs at `first_index`.
void CopyChunk(std::string text, std::int64_t chunk, std::int64_t first_index, std::vector<double>& values) {
  std::int64_t place = chunk * kChunkValues - first_index;
  const char* cursor = text.c_str();
  while (*cursor != '\0') {
    char* end = nullptr;
    const double value = std::strtod(cursor, &end);
    if (end == cursor) return;
    if (place >= 0 && place < static_cast<std::int64_t>(values.size())) values[static_cast<std::size_t>(place)] = value;
    ++place;
    cursor = *end == ',' ? end + 1 : end;
  }
}

domain::SeriesPiece EmptyPiece(const Rows& rows, std::size_t i, absl::Time from, absl::Time until) {
  const absl::Duration interval = absl::Microseconds(rows.Int(i, 2));
  const std::int64_t first = IntervalIndex(from, interval);
  const std::int64_t last = IntervalIndex(until - absl::Microseconds(1), interval);
  return {rows.Text(i, 0), static_cast<domain::SeriesKind>(rows.Small(i, 1)), IntervalStart(first, interval), interval,
          std::vector<double>(static_cast<std::size_t>(std::max<std::int64_t>(0, last - first + 1)), kNoValue)};
}

}  // namespace

absl::StatusOr<std::vector<SeriesInfo>> PgQueries::ListSeries(std::optional<std::string> series_id,
                                                              std::string_view after_series_id, std::size_t limit,
                                                              absl::Time deadline) {
  static constexpr Statement kList{
      "list_series",
      "SELECT s.series_id, s.kind, s.interval_us, coalesce(f.first_index, 0), coalesce(c.total, 0) FROM series s "
      "LEFT JOIN LATERAL (SELECT v.chunk * 1000 + i - 1 AS first_index FROM series_values v, "
      "generate_subscripts(v.chunk_values, 1) i WHERE v.series_id = s.series_id AND v.stored_count > 0 "
      "AND v.chunk_values[i] <> 'NaN'::float8 ORDER BY v.chunk, i LIMIT 1) f ON true "
      "LEFT JOIN LATERAL (SELECT sum(v.stored_count) AS total FROM series_values v WHERE v.series_id = s.series_id) c "
      "ON true WHERE ($1::text IS NULL OR s.series_id = $1) AND s.series_id COLLATE \"C\" > $2 "
      "ORDER BY s.series_id COLLATE \"C\" LIMIT $3"};
  return Read<std::vector<SeriesInfo>>(deadline, [&](Transaction& transaction) {
    const Rows rows = transaction.Run(kList, Params().Add(series_id).Add(after_series_id).Add(limit));
    std::vector<SeriesInfo> list;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const absl::Duration interval = absl::Microseconds(rows.Int(i, 2));
      list.push_back({rows.Text(i, 0), static_cast<domain::SeriesKind>(rows.Small(i, 1)),
                      IntervalStart(rows.Int(i, 3), interval), interval, rows.Int(i, 4)});
    }
    return list;
  });
}

absl::StatusOr<std::vector<domain::SeriesPiece>> PgQueries::LoadSeries(const std::vector<std::string>& series_ids,
                                                                       absl::Time from, absl::Time until,
                                                                       absl::Time deadline) {
  static constexpr Statement kLoad{
      "load_series",
      "SELECT s.series_id, s.kind, s.interval_us, v.chunk, array_to_string(v.chunk_values, ',') FROM series s "
      "LEFT JOIN series_values v ON v.series_id = s.series_id "
      "AND v.chunk BETWEEN floor($2::numeric / s.interval_us / 1000) AND floor(($3::numeric - 1) / s.interval_us / "
      "1000) "
      "WHERE s.series_id = ANY ($1::text[]) ORDER BY s.series_id, v.chunk"};
  const std::string ids = ArrayOf(series_ids);
  return Read<std::vector<domain::SeriesPiece>>(deadline, [&](Transaction& transaction) {
    const Rows rows =
        transaction.Run(kLoad, Params().Add(ids).Add(absl::ToUnixMicros(from)).Add(absl::ToUnixMicros(until)));
    std::vector<domain::SeriesPiece> pieces;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (pieces.empty() || pieces.back().series_id != rows.View(i, 0)) {
        pieces.push_back(EmptyPiece(rows, i, from, until));
      }
      domain::SeriesPiece& piece = pieces.back();
      if (rows.IsNull(i, 3)) continue;
      CopyChunk(rows.Text(i, 4), rows.Int(i, 3), IntervalIndex(piece.starts_at, piece.interval), piece.values);
    }
    return pieces;
  });
}

absl::StatusOr<std::optional<domain::Run>> PgQueries::GetRun(std::string_view run_id, absl::Time deadline) {
  static constexpr Statement kGet{"get_run",
                                  "SELECT " DERMS_RUN_COLUMNS " FROM optimization_run n WHERE n.run_id = lower($1)"};
  return Read<std::optional<domain::Run>>(deadline, [&](Transaction& transaction) -> std::optional<domain::Run> {
    const Rows rows = transaction.Run(kGet, Params().Add(run_id));
    if (rows.empty()) return std::nullopt;
    return RunOf(rows, 0);
  });
}

absl::StatusOr<std::vector<domain::Run>> PgQueries::ListRuns(std::optional<std::string> region_id, bool applied_only,
                                                             std::optional<std::pair<absl::Time, std::string>> before,
                                                             std::size_t limit, absl::Time deadline) {
  static constexpr Statement kList{
      "list_runs", "SELECT " DERMS_RUN_COLUMNS
                   " FROM optimization_run n WHERE ($1::text IS NULL OR n.region_id = $1) "
                   "AND (n.applied OR NOT $2::boolean) AND (n.created_at, n.run_id) < ($3::timestamptz, $4::text) "
                   "ORDER BY n.created_at DESC, n.run_id DESC LIMIT $5"};
  const Before key(before);
  return Read<std::vector<domain::Run>>(deadline, [&](Transaction& transaction) {
    const Rows rows =
        transaction.Run(kList, Params().Add(region_id).Add(applied_only).Add(key.time).Add(key.id).Add(limit));
    std::vector<domain::Run> runs;
    for (std::size_t i = 0; i < rows.size(); ++i) runs.push_back(RunOf(rows, i));
    return runs;
  });
}

// Without a run: a set-point is in force unless a newer applied run of the same DER covers its time.
absl::StatusOr<std::vector<SetPoint>> PgQueries::ListSchedules(const ScheduleFilter& filter,
                                                               std::string_view after_der_id, absl::Time after_time,
                                                               std::size_t limit, absl::Time deadline) {
  static constexpr Statement kList{
      "list_schedules",
      "SELECT d.der_id, p.start_us, s.power_kw[p.i], s.priority[p.i], s.grid_stability_score[p.i], "
      "s.state_of_charge_kwh[p.i], n.run_id FROM schedule s JOIN optimization_run n USING (run_id) "
      "JOIN der d USING (der_key) CROSS JOIN LATERAL (SELECT i, (extract(epoch FROM n.starts_at) * 1000000)::bigint + "
      "(i - 1) * n.interval_us AS start_us FROM generate_series(1, n.interval_count) i) p "
      "WHERE ($1::text IS NULL OR d.der_id = $1) AND ($2::text IS NULL OR d.owner_id = $2) "
      "AND ($3::text IS NULL OR n.run_id = lower($3)) AND (cardinality($4::text[]) = 0 OR d.region_id = ANY ($4)) "
      "AND n.ends_at > $5::timestamptz AND n.starts_at < $6::timestamptz "
      "AND timestamptz 'epoch' + (p.start_us + n.interval_us) * interval '1 microsecond' > $5::timestamptz "
      "AND timestamptz 'epoch' + p.start_us * interval '1 microsecond' < $6::timestamptz "
      "AND (d.der_id COLLATE \"C\", timestamptz 'epoch' + p.start_us * interval '1 microsecond') > ($7, "
      "$8::timestamptz) "
      "AND ($3::text IS NOT NULL OR (n.applied AND NOT EXISTS (SELECT 1 FROM schedule s2 JOIN optimization_run n2 "
      "USING (run_id) WHERE s2.der_key = s.der_key AND n2.applied "
      "AND (n2.created_at, n2.run_id) > (n.created_at, n.run_id) "
      "AND n2.starts_at <= timestamptz 'epoch' + p.start_us * interval '1 microsecond' "
      "AND n2.ends_at > timestamptz 'epoch' + p.start_us * interval '1 microsecond'))) "
      "ORDER BY d.der_id COLLATE \"C\", p.start_us LIMIT $9"};
  const std::string regions = ArrayOf(filter.region_ids);
  return Read<std::vector<SetPoint>>(deadline, [&](Transaction& transaction) {
    const Rows rows = transaction.Run(kList, Params()
                                                 .Add(filter.der_id)
                                                 .Add(filter.owner_id)
                                                 .Add(filter.run_id)
                                                 .Add(regions)
                                                 .Add(filter.from)
                                                 .Add(filter.until)
                                                 .Add(after_der_id)
                                                 .Add(after_time)
                                                 .Add(limit));
    std::vector<SetPoint> points;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      points.push_back({rows.Text(i, 0), rows.Micros(i, 1), rows.Double(i, 2), rows.Small(i, 3), rows.Small(i, 4),
                        rows.MaybeDouble(i, 5), rows.Text(i, 6)});
    }
    return points;
  });
}

absl::StatusOr<std::optional<domain::EmergencyOrder>> PgQueries::GetEmergency(std::string_view emergency_id,
                                                                              absl::Time deadline) {
  static constexpr Statement kGet{
      "get_emergency", "SELECT " DERMS_ORDER_COLUMNS " FROM emergency_order o WHERE o.emergency_id = lower($1)"};
  using Result = std::optional<domain::EmergencyOrder>;
  return Read<Result>(deadline, [&](Transaction& transaction) -> Result {
    const Rows rows = transaction.Run(kGet, Params().Add(emergency_id));
    if (rows.empty()) return std::nullopt;
    return OrderOf(rows, 0);
  });
}

absl::StatusOr<std::vector<domain::EmergencyOrder>> PgQueries::ListEmergencies(
    bool active_only, std::optional<std::pair<absl::Time, std::string>> before, std::size_t limit,
    absl::Time deadline) {
  static constexpr Statement kList{"list_emergencies",
                                   "SELECT " DERMS_ORDER_COLUMNS
                                   " FROM emergency_order o WHERE (NOT $1::boolean OR o.state = 1) "
                                   "AND (o.starts_at, o.emergency_id) < ($2::timestamptz, $3::text) "
                                   "ORDER BY o.starts_at DESC, o.emergency_id DESC LIMIT $4"};
  const Before key(before);
  return Read<std::vector<domain::EmergencyOrder>>(deadline, [&](Transaction& transaction) {
    const Rows rows = transaction.Run(kList, Params().Add(active_only).Add(key.time).Add(key.id).Add(limit));
    std::vector<domain::EmergencyOrder> orders;
    for (std::size_t i = 0; i < rows.size(); ++i) orders.push_back(OrderOf(rows, i));
    return orders;
  });
}

}  // namespace derms::store
