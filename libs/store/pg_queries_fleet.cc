// DERs, maintenance and principals.
#include <nlohmann/json.hpp>

#include "libs/store/der_row.h"
#include "libs/store/pg_queries.h"

namespace derms::store {

absl::StatusOr<std::vector<domain::Der>> PgQueries::LoadDers(const std::vector<std::string>& der_ids,
                                                             absl::Time deadline) {
  static constexpr Statement kLoad{
      "load_ders", "SELECT " DERMS_DER_COLUMNS " FROM der d WHERE d.der_key = ANY ($1::bigint[]) ORDER BY d.der_key"};
  std::vector<std::int64_t> keys;
  for (const std::string& id : der_ids) keys.push_back(base::DerKeyOf(id));
  const std::string key_array = ArrayOf(keys);
  return Read<std::vector<domain::Der>>(deadline, [&](Transaction& transaction) {
    const Rows rows = transaction.Run(kLoad, Params().Add(key_array));
    std::vector<domain::Der> ders;
    for (std::size_t i = 0; i < rows.size(); ++i) ders.push_back(DerOf(rows, i));
    return ders;
  });
}

absl::StatusOr<std::vector<domain::MaintenanceRecord>> PgQueries::ListMaintenance(
    std::string_view der_id, std::optional<std::pair<absl::Time, std::string>> before, std::size_t limit,
    absl::Time deadline) {
  static constexpr Statement kList{"list_maintenance",
                                   "SELECT record_id, der_id, kind, (extract(epoch FROM starts_at) * 1000000)::bigint, "
                                   "(extract(epoch FROM ends_at) * 1000000)::bigint, crew, notes, recorded_by, "
                                   "(extract(epoch FROM recorded_at) * 1000000)::bigint FROM maintenance "
                                   "WHERE der_key = $1 AND (recorded_at, record_id) < ($2::timestamptz, $3::text) "
                                   "ORDER BY recorded_at DESC, record_id DESC LIMIT $4"};
  const Before key(before);
  return Read<std::vector<domain::MaintenanceRecord>>(deadline, [&](Transaction& transaction) {
    const Rows rows = transaction.Run(kList, Params().Add(base::DerKeyOf(der_id)).Add(key.time).Add(key.id).Add(limit));
    std::vector<domain::MaintenanceRecord> records;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      records.push_back({.record_id = rows.Text(i, 0),
                         .der_id = rows.Text(i, 1),
                         .kind = static_cast<domain::MaintenanceKind>(rows.Small(i, 2)),
                         .starts_at = rows.Micros(i, 3),
                         .ends_at = rows.Micros(i, 4),
                         .crew = rows.Text(i, 5),
                         .notes = rows.Text(i, 6),
                         .recorded_by = rows.Text(i, 7),
                         .recorded_at = rows.Micros(i, 8)});
    }
    return records;
  });
}

absl::StatusOr<std::vector<PrincipalRow>> PgQueries::ListPrincipals(std::string_view after_subject, std::size_t limit,
                                                                    absl::Time deadline) {
  static constexpr Statement kList{
      "list_principals",
      "SELECT subject, role, to_json(region_ids)::text, (extract(epoch FROM granted_at) * 1000000)::bigint, granted_by "
      "FROM role_grant WHERE subject IN (SELECT DISTINCT subject COLLATE \"C\" FROM role_grant "
      "WHERE subject COLLATE \"C\" > $1 ORDER BY 1 LIMIT $2) ORDER BY subject COLLATE \"C\", role"};
  return Read<std::vector<PrincipalRow>>(deadline, [&](Transaction& transaction) {
    const Rows rows = transaction.Run(kList, Params().Add(after_subject).Add(limit));
    std::vector<PrincipalRow> principals;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (principals.empty() || principals.back().subject != rows.View(i, 0)) {
        principals.push_back({rows.Text(i, 0), {}});
      }
      principals.back().grants.push_back({static_cast<domain::Role>(rows.Small(i, 1)),
                                          nlohmann::json::parse(rows.View(i, 2)).get<std::vector<std::string>>(),
                                          rows.Micros(i, 3), rows.Text(i, 4)});
    }
    return principals;
  });
}

}  // namespace derms::store
