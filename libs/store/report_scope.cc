#include "libs/store/report_scope.h"

#include <utility>

namespace derms::store {

Params ScopeParams(const ReportQuery& query, std::string_view after_der_id) {
  Params params;
  params.Add(query.scope.der_id).Add(query.scope.owner_id);
  if (query.scope.region_ids) {
    params.AddArray(TextArray(*query.scope.region_ids));
  } else {
    params.AddNull();
  }
  return std::move(params.Add(after_der_id));
}

}  // namespace derms::store
