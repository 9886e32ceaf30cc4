#include "libs/store/grid_record_row.h"
#include "libs/store/pg_queries.h"

namespace derms::store {

domain::GridRecord GridRecordOf(const Rows& rows, std::size_t row, int first_column) {
  int column = first_column;
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

absl::StatusOr<std::optional<domain::GridRecord>> PgQueries::GetGridRecord(std::string_view der_id,
                                                                           absl::Time deadline) {
  static constexpr Statement kGet{
      "get_grid_record", "SELECT " DERMS_GRID_RECORD_COLUMNS
                         " FROM grid_record g WHERE g.der_key = $1 AND g.der_id = $2 ORDER BY g.revision DESC LIMIT 1"};
  return SelectOne<domain::GridRecord>(
      deadline, kGet, [&] { return Params().Add(base::DerKeyOf(der_id)).Add(der_id); },
      [](const Rows& rows, std::size_t row) { return GridRecordOf(rows, row); });
}

}  // namespace derms::store
