#include "libs/store/pg_queries.h"

namespace derms::store {
namespace {

domain::GridRecord GridRecordOf(const Rows& rows, std::size_t row) {
  int column = 0;
  domain::GridRecord record;
  record.der_id = rows.Text(row, column++);
  record.revision = rows.Int(row, column++);
  record.nameplate_revision = rows.Int(row, column++);
  record.settings_revision = rows.Int(row, column++);
  record.profile_id = rows.Text(row, column++);
  record.nameplate_json = rows.Text(row, column++);
  record.settings_json = rows.Text(row, column++);
  record.put_by = rows.Text(row, column++);
  record.put_at = rows.Micros(row, column++);
  return record;
}

}  // namespace

absl::StatusOr<std::optional<domain::GridRecord>> PgQueries::GetGridRecord(std::string_view der_id,
                                                                           absl::Time deadline) {
  static constexpr Statement kGet{
      "get_grid_record",
      "SELECT der_id, revision, nameplate_revision, settings_revision, profile_id, nameplate::text, "
      "coalesce(settings::text, ''), put_by, (extract(epoch FROM put_at) * 1000000)::bigint FROM grid_record "
      "WHERE der_key = $1 AND der_id = $2 ORDER BY revision DESC LIMIT 1"};
  return SelectOne<domain::GridRecord>(
      deadline, kGet, [&] { return Params().Add(base::DerKeyOf(der_id)).Add(der_id); }, GridRecordOf);
}

}  // namespace derms::store
