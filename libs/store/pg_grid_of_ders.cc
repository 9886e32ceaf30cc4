// What DERs measured of the grid, and how they are set to answer it: for the runs that serve it. A run may have 100,000
// DERs, so that each statement passes over a table once and joins nothing wide; regions and nominal voltages are the
// caller's to join, who has them in memory.
#include "libs/store/large_read.h"
#include "libs/store/pg_queries.h"
#include "libs/store/sql_array.h"

namespace derms::store {
namespace {

BigintArray KeysIn(const std::vector<base::DerKey>& der_keys) {
  BigintArray array;
  for (const base::DerKey key : der_keys) array.Add(key);
  return array;
}

DerGridHours GridHoursOf(const Rows& rows, std::size_t row) {
  return {.der_key = rows.Int(row, 0),
          .lowest_hz = rows.MaybeDouble(row, 1),
          .highest_hz = rows.MaybeDouble(row, 2),
          .lowest_v = rows.MaybeDouble(row, 3),
          .highest_v = rows.MaybeDouble(row, 4)};
}

DerGridSettings GridSettingsOf(const Rows& rows, std::size_t row) {
  return {.der_key = rows.Int(row, 0),
          .profile_id = rows.Text(row, 1),
          .apparent_kva = rows.Double(row, 2),
          .inject_kvar = rows.Double(row, 3),
          .absorb_kvar = rows.Double(row, 4),
          .v_nominal_v = rows.Double(row, 5),
          .normal_category = rows.Text(row, 6),
          .abnormal_category = rows.Text(row, 7),
          .settings_json = rows.Text(row, 8)};
}

}  // namespace

absl::StatusOr<std::vector<DerGridHours>> PgQueries::LoadGridHours(const std::vector<base::DerKey>& der_keys,
                                                                   absl::Time from, absl::Time until,
                                                                   absl::Time deadline) {
  static constexpr Statement kLoad{
      "load_grid_hours",
      "SELECT der_key, min(min_frequency_hz), max(max_frequency_hz), min(min_voltage_v), max(max_voltage_v) FROM "
      "reading_hour WHERE der_key = ANY ($1::bigint[]) AND hour_at >= $2 AND hour_at < $3 GROUP BY der_key"};
  return ReadLarge<DerGridHours>(
      pool_, deadline, kLoad, [&] { return Params().AddArray(KeysIn(der_keys)).Add(from).Add(until); }, GridHoursOf);
}

// Numbers are absent from a stored nameplate when they are not given.
absl::StatusOr<std::vector<DerGridSettings>> PgQueries::LoadGridSettings(const std::vector<base::DerKey>& der_keys,
                                                                         absl::Time deadline) {
  static constexpr Statement kLoad{
      "load_grid_settings",
      "SELECT g.der_key, g.profile_id, coalesce(nullif(r.s_max_kva, 0), p.s_max_kva, 0), "
      "coalesce(nullif(r.q_inject_kvar, 0), p.q_inject_kvar, 0), "
      "coalesce(nullif(r.q_absorb_kvar, 0), p.q_absorb_kvar, 0), coalesce(p.v_nominal_v, 0), "
      "coalesce(p.normal_category, ''), coalesce(p.abnormal_category, ''), CASE WHEN g.settings IS NULL THEN '' ELSE "
      "'{\"droop\":' || coalesce(s.droop::text, '{}') || ',\"volt_var\":' || coalesce(s.volt_var::text, '{}') || '}' "
      "END FROM (SELECT der_key, max(revision) AS revision FROM grid_record WHERE der_key = ANY ($1::bigint[]) GROUP "
      "BY der_key) k JOIN grid_record g ON g.der_key = k.der_key AND g.revision = k.revision CROSS JOIN LATERAL "
      "jsonb_to_record(g.nameplate) AS p (s_max_kva float8, q_inject_kvar float8, q_absorb_kvar float8, v_nominal_v "
      "float8, normal_category text, abnormal_category text) LEFT JOIN LATERAL jsonb_to_record(g.settings) AS s (droop "
      "jsonb, volt_var jsonb, ratings jsonb) ON true LEFT JOIN LATERAL jsonb_to_record(s.ratings) AS r (s_max_kva "
      "float8, q_inject_kvar float8, q_absorb_kvar float8) ON true"};
  return ReadLarge<DerGridSettings>(
      pool_, deadline, kLoad, [&] { return Params().AddArray(KeysIn(der_keys)); }, GridSettingsOf);
}

}  // namespace derms::store
