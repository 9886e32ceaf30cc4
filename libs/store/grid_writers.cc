#include <limits>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/store/row_writers.h"
#include "libs/store/series_chunks.h"

namespace derms::store {
namespace {

Params RegionParams(const domain::Region& region) {
  return Params()
      .Add(region.region_id)
      .Add(region.parent_region_id)
      .Add(region.display_name)
      .Add(region.import_limit_kw)
      .Add(region.export_limit_kw)
      .Add(region.load_series_id)
      .Add(region.import_price_series_id)
      .Add(region.export_price_series_id)
      .Add(region.carbon_series_id)
      .Add(region.revision);
}

// Names the series, or finds it; whether kind and interval are those of the piece.
bool OpenSeries(Transaction& transaction, const domain::SeriesPiece& piece, bool& created) {
  static constexpr Statement kInsert{
      "series_insert", "INSERT INTO series (series_id, kind, interval_us) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"};
  static constexpr Statement kFind{"series_find", "SELECT kind, interval_us FROM series WHERE series_id = $1"};
  const std::int64_t interval_us = absl::ToInt64Microseconds(piece.interval);
  created = transaction.Run(kInsert, Params().Add(piece.series_id).Add(static_cast<int>(piece.kind)).Add(interval_us))
                .affected() > 0;
  if (created) return true;
  const Rows found = transaction.Run(kFind, Params().Add(piece.series_id));
  return found.Small(0, 0) == static_cast<int>(piece.kind) && found.Int(0, 1) == interval_us;
}

void WriteChunk(Transaction& transaction, const std::string& series_id, const ChunkSlice& slice) {
  // The whole chunk is there for a new row; an old row keeps what is before and after the slice.
  static constexpr Statement kPut{
      "series_chunk_put",
      "INSERT INTO series_values AS s (series_id, chunk, chunk_values) VALUES ($1, $2, $3::float8[]) "
      "ON CONFLICT (series_id, chunk) DO UPDATE SET chunk_values = s.chunk_values[1:$4] || "
      "excluded.chunk_values[$4 + 1:$5] || s.chunk_values[$5 + 1:1000]"};
  std::vector<double> whole(kChunkValues, std::numeric_limits<double>::quiet_NaN());
  std::copy(slice.values.begin(), slice.values.end(), whole.begin() + slice.first);
  transaction.Run(kPut, Params()
                            .Add(series_id)
                            .Add(slice.chunk)
                            .AddArray(DoubleArray(whole))
                            .Add(slice.first)
                            .Add(slice.first + static_cast<std::int64_t>(slice.values.size())));
}

}  // namespace

void WriteRegions(Transaction& transaction, Batch& batch) {
  static constexpr Statement kInsert{
      "region_insert",
      "INSERT INTO region (region_id, parent_region_id, display_name, import_limit_kw, export_limit_kw, "
      "load_series_id, import_price_series_id, export_price_series_id, carbon_series_id, revision) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING"};
  static constexpr Statement kUpdate{
      "region_update",
      "UPDATE region SET parent_region_id = $2, display_name = $3, import_limit_kw = $4, export_limit_kw = $5, "
      "load_series_id = $6, import_price_series_id = $7, export_price_series_id = $8, carbon_series_id = $9, "
      "revision = $10 WHERE region_id = $1 AND revision = $10 - 1"};
  for (const auto& write : batch.Collect<RegionPut>()) {
    const domain::Region& region = write.row->region;
    const Statement& statement = region.revision == 1 ? kInsert : kUpdate;
    if (transaction.Run(statement, RegionParams(region)).affected() > 0) {
      write.item->wrote = true;
      continue;
    }
    write.item->status = base::Aborted(
        "REVISION_MISMATCH",
        absl::StrCat("region ", region.region_id, " was changed meanwhile; read it again and repeat the change"));
  }
}

void WriteCapacityRules(Transaction& transaction, Batch& batch) {
  static constexpr Statement kPut{
      "capacity_rule_put",
      "INSERT INTO capacity_rule (type, min_kw, max_kw, usual_min_kw, usual_max_kw) VALUES ($1, $2, $3, $4, $5) "
      "ON CONFLICT (type) DO UPDATE SET min_kw = excluded.min_kw, max_kw = excluded.max_kw, "
      "usual_min_kw = excluded.usual_min_kw, usual_max_kw = excluded.usual_max_kw"};
  for (const auto& write : batch.Collect<CapacityRulePut>()) {
    const domain::CapacityRule& rule = write.row->rule;
    transaction.Run(kPut, Params()
                              .Add(static_cast<int>(rule.type))
                              .Add(rule.min_kw)
                              .Add(rule.max_kw)
                              .Add(rule.usual_min_kw)
                              .Add(rule.usual_max_kw));
    write.item->wrote = true;
  }
}

void WriteSeries(Transaction& transaction, Batch& batch) {
  for (const auto& write : batch.Collect<SeriesPut>()) {
    const domain::SeriesPiece& piece = write.row->piece;
    bool created = false;
    if (!OpenSeries(transaction, piece, created)) {
      write.item->status = base::InvalidArgument(
          "SERIES_INTERVAL_MISMATCH",
          absl::StrCat("series ", piece.series_id, " has another kind or interval; use another series_id"));
      continue;
    }
    const auto slices = SliceByChunk(IntervalIndex(piece.starts_at, piece.interval), piece.values);
    for (const ChunkSlice& slice : slices) WriteChunk(transaction, piece.series_id, slice);
    write.item->wrote = created || !slices.empty();
  }
}

}  // namespace derms::store
