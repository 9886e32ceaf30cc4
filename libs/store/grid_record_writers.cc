#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/store/row_writers.h"

namespace derms::store {

void WriteGridRecords(Transaction& transaction, Batch& batch) {
  // The key decides between two writers of one revision: the second finds the row there.
  static constexpr Statement kInsert{
      "grid_record_insert",
      "INSERT INTO grid_record (der_key, revision, der_id, nameplate_revision, settings_revision, profile_id, "
      "nameplate, "
      "settings, put_by, put_at) SELECT $1::bigint, $2::bigint, $3::text, $4::bigint, $5::bigint, $6::text, $7::jsonb, "
      "nullif($8, '')::jsonb, $9::text, $10::timestamptz WHERE ($2::bigint = 1 OR EXISTS (SELECT 1 FROM grid_record g "
      "WHERE g.der_key = $1::bigint AND g.revision = $2::bigint - 1)) AND EXISTS (SELECT 1 FROM der d WHERE "
      "d.der_key = $1::bigint AND d.der_id = $3::text AND ($11::text IS NULL OR d.owner_id = $11)) "
      "ON CONFLICT DO NOTHING"};
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
                                          .Add(write.row->required_owner()))
                        .affected() > 0;
    if (in) {
      write.item->wrote = true;
      continue;
    }
    write.item->status = base::Aborted("REVISION_MISMATCH",
                                       absl::StrCat("nameplate or settings of DER ", record.der_id,
                                                    " were changed meanwhile; read them again and repeat the change"));
  }
}

}  // namespace derms::store
