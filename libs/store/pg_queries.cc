#include "libs/store/pg_queries.h"

#include <utility>

#include "libs/store/der_row.h"
#include "libs/store/grant_row.h"

namespace derms::store {
namespace {

domain::MaintenanceRecord MaintenanceOf(const Rows& rows, std::size_t row) {
  int column = 0;
  domain::MaintenanceRecord record;
  record.record_id = rows.Text(row, column++);
  record.der_id = rows.Text(row, column++);
  record.kind = static_cast<domain::MaintenanceKind>(rows.Small(row, column++));
  record.starts_at = rows.Micros(row, column++);
  record.ends_at = rows.Micros(row, column++);
  record.crew = rows.Text(row, column++);
  record.notes = rows.Text(row, column++);
  record.recorded_by = rows.Text(row, column++);
  record.recorded_at = rows.Micros(row, column++);
  return record;
}

}  // namespace

absl::StatusOr<std::vector<domain::Der>> PgQueries::LoadDers(const std::vector<std::string>& der_ids,
                                                             absl::Time deadline) {
  static constexpr Statement kLoad{
      "load_ders",
      "SELECT " DERMS_DER_COLUMNS
      " FROM unnest($1::bigint[], $2::text[]) AS u (k, i) JOIN der d ON d.der_key = u.k AND d.der_id = u.i"};
  const auto params = [&] {
    BigintArray keys;
    for (const std::string& der_id : der_ids) keys.Add(base::DerKeyOf(der_id));
    return Params().AddArray(keys).AddArray(TextArray(der_ids));
  };
  return Select<domain::Der>(deadline, kLoad, params, DerOf);
}

absl::StatusOr<std::vector<domain::MaintenanceRecord>> PgQueries::ListMaintenance(
    std::string_view der_id, std::optional<std::pair<absl::Time, std::string>> before, std::size_t limit,
    absl::Time deadline) {
  static constexpr Statement kList{
      "list_maintenance",
      "SELECT record_id, der_id, kind, (extract(epoch FROM starts_at) * 1000000)::bigint, "
      "(extract(epoch FROM ends_at) * 1000000)::bigint, crew, notes, recorded_by, "
      "(extract(epoch FROM recorded_at) * 1000000)::bigint FROM maintenance WHERE der_key = $1 AND der_id = $2 "
      "AND (recorded_at, record_id) < ($3::timestamptz, $4) ORDER BY recorded_at DESC, record_id DESC LIMIT $5"};
  const auto params = [&] {
    const auto [time, id] = before.value_or(std::pair(absl::InfiniteFuture(), std::string()));
    return Params().Add(base::DerKeyOf(der_id)).Add(der_id).Add(time).Add(id).Add(limit);
  };
  return Select<domain::MaintenanceRecord>(deadline, kList, params, MaintenanceOf);
}

absl::StatusOr<std::vector<PrincipalRow>> PgQueries::ListPrincipals(std::string_view after_subject, std::size_t limit,
                                                                    absl::Time deadline) {
  static constexpr Statement kList{"list_principals",
                                   "SELECT " DERMS_GRANT_COLUMNS
                                   " FROM role_grant g WHERE g.subject IN (SELECT DISTINCT subject FROM role_grant "
                                   "WHERE subject > $1 ORDER BY subject LIMIT $2) ORDER BY g.subject, g.role"};
  auto grants = Select<SubjectGrant>(
      deadline, kList, [&] { return Params().Add(after_subject).Add(limit); }, GrantOf);
  if (!grants.ok()) return grants.status();
  std::vector<PrincipalRow> principals;
  for (SubjectGrant& row : *grants) {
    if (principals.empty() || principals.back().subject != row.subject) principals.push_back({row.subject, {}});
    principals.back().grants.push_back(std::move(row.grant));
  }
  return principals;
}

absl::StatusOr<std::optional<KnownResponse>> PgQueries::FindResponse(base::DerKey der_key, std::string_view request_key,
                                                                     absl::Time deadline) {
  static constexpr Statement kFind{"find_response",
                                   "SELECT request_sha256, response FROM idempotency "
                                   "WHERE der_key = $1 AND request_key = $2"};
  return SelectOne<KnownResponse>(
      deadline, kFind, [&] { return Params().Add(der_key).AddBytes(request_key); },
      [](const Rows& rows, std::size_t row) {
        return KnownResponse{rows.Bytes(row, 0), rows.Bytes(row, 1)};
      });
}

}  // namespace derms::store
