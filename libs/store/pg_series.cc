#include <algorithm>
#include <limits>
#include <map>
#include <utility>

#include "libs/store/float_array.h"
#include "libs/store/pg_queries.h"
#include "libs/store/series_chunks.h"

namespace derms::store {
namespace {

SeriesInfo SeriesInfoOf(const Rows& rows, std::size_t row) {
  SeriesInfo info;
  info.series_id = rows.Text(row, 0);
  info.kind = static_cast<domain::SeriesKind>(rows.Small(row, 1));
  info.interval = absl::Microseconds(rows.Int(row, 2));
  info.stored_count = rows.Int(row, 3);
  info.starts_at = IntervalStart(rows.Int(row, 4), info.interval);
  info.ends_at = IntervalStart(rows.Int(row, 5), info.interval);
  return info;
}

struct ChunkRow {
  std::string series_id;
  domain::SeriesKind kind = domain::SeriesKind::kLoadKw;
  absl::Duration interval;
  std::optional<std::int64_t> chunk;  // none: the series has nothing in the window
  std::vector<double> values;
};

ChunkRow ChunkRowOf(const Rows& rows, std::size_t row) {
  ChunkRow chunk;
  chunk.series_id = rows.Text(row, 0);
  chunk.kind = static_cast<domain::SeriesKind>(rows.Small(row, 1));
  chunk.interval = absl::Microseconds(rows.Int(row, 2));
  chunk.chunk = rows.MaybeInt(row, 3);
  if (chunk.chunk) chunk.values = FloatArrayOf(rows.View(row, 4));
  return chunk;
}

// The piece of [from, until) that a series would have, all values missing.
domain::SeriesPiece EmptyPiece(const ChunkRow& row, absl::Time from, absl::Time until) {
  const std::int64_t first = IntervalIndex(from, row.interval);
  const std::int64_t last = IntervalIndex(until - absl::Microseconds(1), row.interval);
  domain::SeriesPiece piece;
  piece.series_id = row.series_id;
  piece.kind = row.kind;
  piece.interval = row.interval;
  piece.starts_at = IntervalStart(first, row.interval);
  piece.values.assign(static_cast<std::size_t>(std::max<std::int64_t>(0, last - first + 1)),
                      std::numeric_limits<double>::quiet_NaN());
  return piece;
}

void CopyInto(domain::SeriesPiece& piece, const ChunkRow& row) {
  const std::int64_t piece_first = IntervalIndex(piece.starts_at, piece.interval);
  const std::int64_t chunk_first = *row.chunk * kChunkValues;
  const auto count = static_cast<std::int64_t>(piece.values.size());
  const std::int64_t begin = std::max(piece_first, chunk_first);
  const std::int64_t end = std::min(piece_first + count, chunk_first + static_cast<std::int64_t>(row.values.size()));
  for (std::int64_t index = begin; index < end; ++index) {
    piece.values[static_cast<std::size_t>(index - piece_first)] =
        row.values[static_cast<std::size_t>(index - chunk_first)];
  }
}

}  // namespace

absl::StatusOr<std::vector<SeriesInfo>> PgQueries::ListSeries(std::optional<std::string> series_id,
                                                              std::string_view after_series_id, std::size_t limit,
                                                              absl::Time deadline) {
  static constexpr Statement kList{
      "list_series",
      "SELECT s.series_id, s.kind, s.interval_us, coalesce(v.stored_count, 0), coalesce(v.first_index, 0), "
      "  coalesce(v.last_index + 1, 0) "
      "FROM series s LEFT JOIN LATERAL ("
      "  SELECT sum(c.stored_count) AS stored_count, (SELECT f.chunk * 1000 + n.place - 1 FROM series_values f, "
      "    unnest(f.chunk_values) WITH ORDINALITY AS n (value, place) WHERE f.series_id = s.series_id "
      "    AND f.chunk = min(c.chunk) AND n.value <> 'NaN' ORDER BY n.place LIMIT 1) AS first_index, "
      "    (SELECT l.chunk * 1000 + n.place - 1 FROM series_values l, unnest(l.chunk_values) WITH ORDINALITY "
      "    AS n (value, place) WHERE l.series_id = s.series_id AND l.chunk = max(c.chunk) AND n.value <> 'NaN' "
      "    ORDER BY n.place DESC LIMIT 1) AS last_index "
      "  FROM series_values c WHERE c.series_id = s.series_id AND c.stored_count > 0) v ON true "
      "WHERE s.series_id > $1 AND ($2::text IS NULL OR s.series_id = $2) ORDER BY s.series_id LIMIT $3"};
  return Select<SeriesInfo>(
      deadline, kList, [&] { return Params().Add(after_series_id).Add(series_id).Add(limit); }, SeriesInfoOf);
}

absl::StatusOr<std::vector<domain::SeriesPiece>> PgQueries::LoadSeries(const std::vector<std::string>& series_ids,
                                                                       absl::Time from, absl::Time until,
                                                                       absl::Time deadline) {
  static constexpr Statement kLoad{
      "load_series",
      "SELECT s.series_id, s.kind, s.interval_us, v.chunk, v.chunk_values FROM series s LEFT JOIN series_values v "
      "ON v.series_id = s.series_id AND v.chunk BETWEEN div(floor($2::numeric / s.interval_us), 1000) - 1 "
      "AND div(floor($3::numeric / s.interval_us), 1000) WHERE s.series_id = ANY ($1::text[])"};
  auto rows = Select<ChunkRow>(
      deadline, kLoad,
      [&] {
        return Params().AddArray(TextArray(series_ids)).Add(absl::ToUnixMicros(from)).Add(absl::ToUnixMicros(until));
      },
      ChunkRowOf);
  if (!rows.ok()) return rows.status();
  std::map<std::string, domain::SeriesPiece> pieces;
  for (const ChunkRow& row : *rows) {
    const auto piece = pieces.try_emplace(row.series_id, EmptyPiece(row, from, until)).first;
    if (row.chunk) CopyInto(piece->second, row);
  }
  std::vector<domain::SeriesPiece> found;
  for (const std::string& id : series_ids) {
    if (const auto piece = pieces.find(id); piece != pieces.end()) found.push_back(piece->second);
  }
  return found;
}

}  // namespace derms::store
