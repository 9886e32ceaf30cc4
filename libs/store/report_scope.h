// Which DERs a report is about, as SQL. Internal to libs/store.
#pragma once

#include <string_view>

#include "libs/store/connection.h"
#include "libs/store/history.h"

namespace derms::store {

// $1 to $4: which DERs; the owner is in the predicate, so that nobody reads hours of others.
#define DERMS_SCOPE                                                                                           \
  "($1::text IS NULL OR d.der_id = $1) AND ($2::text IS NULL OR d.owner_id = $2) AND ($3::text[] IS NULL OR " \
  "d.region_id = ANY ($3::text[])) AND d.der_id > $4"
// $5: the last of the page, which is found before: a LIMIT here would keep the planner from using all cores. $6, $7:
// the period. `more`: further columns; `from`: what they are joined from.
#define DERMS_CHOSEN_ROWS(more, from)                        \
  "SELECT d.*" more " FROM der d" from " WHERE " DERMS_SCOPE \
  " AND ($5::text IS NULL OR d.der_id <= $5) AND $6::timestamptz < $7::timestamptz"
#define DERMS_CHOSEN "chosen AS MATERIALIZED (" DERMS_CHOSEN_ROWS("", "") ")"

// $1 to $4.
Params ScopeParams(const ReportQuery& query, std::string_view after_der_id);

}  // namespace derms::store
