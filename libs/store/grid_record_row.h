// A record of nameplate and settings as a row. Internal to libs/store.
#pragma once

#include "libs/domain/grid_record.h"
#include "libs/store/connection.h"

namespace derms::store {

// Columns in the order that GridRecordOf reads, to be used with the table alias g.
#define DERMS_GRID_RECORD_COLUMNS                                                                      \
  "g.der_id, g.revision, g.nameplate_revision, g.settings_revision, g.profile_id, g.nameplate::text, " \
  "coalesce(g.settings::text, ''), g.put_by, (extract(epoch FROM g.put_at) * 1000000)::bigint"
inline constexpr int kGridRecordColumnCount = 9;
domain::GridRecord GridRecordOf(const Rows& rows, std::size_t row, int first_column = 0);

}  // namespace derms::store
