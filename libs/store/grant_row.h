// Grants as rows.
#pragma once

#include <string>

#include "libs/domain/access.h"
#include "libs/store/connection.h"

namespace derms::store {

struct SubjectGrant {
  std::string subject;
  domain::Grant grant;
};

// Columns in the order that GrantOf reads, table alias g.
#define DERMS_GRANT_COLUMNS \
  "g.subject, g.role, to_json(g.region_ids)::text, (extract(epoch FROM g.granted_at) * 1000000)::bigint, g.granted_by"
SubjectGrant GrantOf(const Rows& rows, std::size_t row);

}  // namespace derms::store
