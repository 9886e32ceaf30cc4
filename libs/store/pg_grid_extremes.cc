#include "libs/store/large_read.h"
#include "libs/store/pg_queries.h"
#include "libs/store/sql_array.h"

namespace derms::store {
namespace {

GridExtremes::Extremes ExtremesOf(const Rows& rows, std::size_t row, int column) {
  GridExtremes::Extremes extremes;
  extremes.der_count = rows.Small(row, column);
  extremes.lowest = rows.MaybeDouble(row, column + 1).value_or(0);
  extremes.highest = rows.MaybeDouble(row, column + 2).value_or(0);
  return extremes;
}

GridExtremes GridExtremesOf(const Rows& rows, std::size_t row) {
  return {rows.Text(row, 0), ExtremesOf(rows, row, 1), ExtremesOf(rows, row, 4)};
}

ApparentRating ApparentRatingOf(const Rows& rows, std::size_t row) {
  return {rows.Int(row, 0), rows.Double(row, 1)};
}

// $1: the regions. Numbers of a nameplate are absent when they are not given (services/registry writes it).
#define DERMS_DERS_OF_REGIONS                                                                                  \
  "WITH d AS MATERIALIZED (SELECT der_key, der_id, region_id FROM der WHERE region_id = ANY ($1::text[]) AND " \
  "lifecycle = 1)"
#define DERMS_NEWEST_PLATES(number)                                                                 \
  "n AS (SELECT DISTINCT ON (g.der_key) g.der_key, (g.nameplate->>'" number "')::float8 AS " number \
  " FROM grid_record g JOIN d ON d.der_key = g.der_key AND d.der_id = g.der_id ORDER BY "           \
  "g.der_key, g.revision DESC)"

}  // namespace

absl::StatusOr<std::vector<GridExtremes>> PgQueries::LoadGridExtremes(const std::vector<std::string>& region_ids,
                                                                      absl::Time from, absl::Time until,
                                                                      absl::Time deadline) {
  static constexpr Statement kLoad{
      "load_grid_extremes",
      DERMS_DERS_OF_REGIONS
      ", r AS (SELECT h.der_key, min(h.min_frequency_hz) AS lowest_hz, max(h.max_frequency_hz) AS highest_hz, "
      "min(h.min_voltage_v) AS lowest_v, max(h.max_voltage_v) AS highest_v FROM reading_hour h JOIN d ON d.der_key = "
      "h.der_key WHERE h.hour_at >= $2 AND h.hour_at < $3 GROUP BY h.der_key), " DERMS_NEWEST_PLATES("v_nominal_v")
      ", m AS (SELECT d.region_id, r.lowest_hz, r.highest_hz, r.lowest_v / nullif(n.v_nominal_v, 0) AS lowest_pu, "
      "r.highest_v / nullif(n.v_nominal_v, 0) AS highest_pu FROM r JOIN d ON d.der_key = r.der_key LEFT JOIN n ON "
      "n.der_key = r.der_key) "
      "SELECT region_id, count(lowest_hz), percentile_disc(0.01) WITHIN GROUP (ORDER BY lowest_hz)::float8, "
      "percentile_disc(0.01) WITHIN GROUP (ORDER BY highest_hz DESC)::float8, count(lowest_pu), "
      "percentile_disc(0.01) WITHIN GROUP (ORDER BY lowest_pu)::float8, "
      "percentile_disc(0.01) WITHIN GROUP (ORDER BY highest_pu DESC)::float8 FROM m GROUP BY region_id "
      "ORDER BY region_id"};
  std::vector<GridExtremes> found;
  const absl::Status status = pool_.Read(deadline, [&](Transaction& transaction) {
    PlanEachTime(transaction);
    const Rows rows = transaction.Run(kLoad, Params().AddArray(TextArray(region_ids)).Add(from).Add(until));
    found.clear();
    for (std::size_t row = 0; row < rows.size(); ++row) found.push_back(GridExtremesOf(rows, row));
  });
  if (!status.ok()) return status;
  return found;
}

absl::StatusOr<std::vector<ApparentRating>> PgQueries::LoadApparentRatings(const std::vector<std::string>& region_ids,
                                                                           absl::Time deadline) {
  static constexpr Statement kLoad{
      "load_apparent_ratings", DERMS_DERS_OF_REGIONS
      ", " DERMS_NEWEST_PLATES("s_max_kva") " SELECT der_key, s_max_kva FROM n WHERE s_max_kva > 0"};
  return Select<ApparentRating>(
      deadline, kLoad, [&] { return Params().AddArray(TextArray(region_ids)); }, ApparentRatingOf);
}

#undef DERMS_DERS_OF_REGIONS
#undef DERMS_NEWEST_PLATES

}  // namespace derms::store
