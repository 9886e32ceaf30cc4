#include "libs/store/grant_row.h"

#include <nlohmann/json.hpp>

namespace derms::store {

SubjectGrant GrantOf(const Rows& rows, std::size_t row) {
  SubjectGrant found;
  found.subject = rows.Text(row, 0);
  found.grant.role = static_cast<domain::Role>(rows.Small(row, 1));
  found.grant.region_ids = nlohmann::json::parse(rows.View(row, 2)).get<std::vector<std::string>>();
  found.grant.granted_at = rows.Micros(row, 3);
  found.grant.granted_by = rows.Text(row, 4);
  return found;
}

}  // namespace derms::store
