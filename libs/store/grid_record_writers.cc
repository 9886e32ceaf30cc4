#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/store/der_row.h"
#include "libs/store/row_writers.h"

namespace derms::store {
namespace {

// The DER as it is, which the check of the record did not know.
bool TakeNewerDer(Transaction& transaction, Batch& batch, const Write<GridRecordInsert>& write) {
  static constexpr Statement kLoad{"grid_record_der",
                                   "SELECT " DERMS_DER_COLUMNS " FROM der d WHERE d.der_key = $1 AND d.der_id = $2"};
  const Rows rows = transaction.Run(kLoad, Params().Add(write.key).Add(write.row->record().der_id));
  if (rows.empty()) return false;
  domain::Der der = DerOf(rows, 0);
  const std::optional<double>& reached_kw = write.row->reached_kw();
  if (der.lifecycle == domain::Lifecycle::kActive && !(reached_kw && der.capacity_kw > *reached_kw)) return false;
  batch.newer_rows.push_back(std::move(der));
  return true;
}

absl::Status Mismatch(const std::string& der_id, bool of_der) {
  if (of_der) {
    return base::Aborted("REVISION_MISMATCH",
                         absl::StrCat("DER ", der_id,
                                      " was changed meanwhile and its nameplate must suit it; repeat "
                                      "the change"));
  }
  return base::Aborted("REVISION_MISMATCH", absl::StrCat("nameplate or settings of DER ", der_id,
                                                         " were changed meanwhile; read them again and repeat the "
                                                         "change"));
}

}  // namespace

void LockDersOfGridChecks(Transaction& transaction, Batch& batch) {
  static constexpr Statement kLock{
      "grid_check_lock", "SELECT FROM der d WHERE d.der_key = ANY ($1::bigint[]) ORDER BY d.der_key FOR NO KEY UPDATE"};
  std::vector<RowKey> keys;
  for (const auto& write : batch.Collect<DerReplace>()) {
    if (write.row->grid_revision()) keys.push_back(write.key);
  }
  for (const auto& write : batch.Collect<GridRecordInsert>()) keys.push_back(write.key);
  if (!keys.empty()) transaction.Run(kLock, Params().AddArray(BigintArray(keys)));
}

void WriteGridRecords(Transaction& transaction, Batch& batch) {
  // The key decides between two writers of one revision: the second finds the row there.
  static constexpr Statement kInsert{
      "grid_record_insert",
      "INSERT INTO grid_record (der_key, revision, der_id, nameplate_revision, settings_revision, profile_id, "
      "nameplate, "
      "settings, put_by, put_at) SELECT $1::bigint, $2::bigint, $3::text, $4::bigint, $5::bigint, $6::text, $7::jsonb, "
      "nullif($8, '')::jsonb, $9::text, $10::timestamptz WHERE ($2::bigint = 1 OR EXISTS (SELECT 1 FROM grid_record g "
      "WHERE g.der_key = $1::bigint AND g.revision = $2::bigint - 1)) AND EXISTS (SELECT 1 FROM der d WHERE "
      "d.der_key = $1::bigint AND d.der_id = $3::text AND ($11::text IS NULL OR d.owner_id = $11) AND d.lifecycle = 1 "
      "AND (d.capacity_kw <= $12::float8 OR EXISTS (SELECT 1 FROM grid_record b WHERE b.der_key = $1::bigint AND "
      "b.revision = $2::bigint - 1 AND b.nameplate_revision = $4::bigint))) ON CONFLICT DO NOTHING"};
  for (const auto& write : batch.Collect<GridRecordInsert>()) {
    const domain::GridRecord& record = write.row->record();
    const bool in = transaction
                        .Run(kInsert, Params()
                                          .Add(write.key)
                                          .Add(record.revision)
                                          .Add(record.der_id)
                                          .Add(record.nameplate_revision)
                                          .Add(record.settings_revision)
                                          .Add(record.profile_id)
                                          .Add(record.nameplate_json)
                                          .Add(record.settings_json)
                                          .Add(record.put_by)
                                          .Add(record.put_at)
                                          .Add(write.row->required_owner())
                                          .Add(write.row->reached_kw()))
                        .affected() > 0;
    if (in) {
      write.item->wrote = true;
      continue;
    }
    write.item->status = Mismatch(record.der_id, TakeNewerDer(transaction, batch, write));
  }
}

}  // namespace derms::store
