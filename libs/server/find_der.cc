#include "libs/server/find_der.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"

namespace derms::server {

absl::StatusOr<std::shared_ptr<const domain::Der>> FindDer(Call& call, const store::ReadModel& fleet,
                                                           std::string_view der_id) {
  auto der = fleet.FindDer(der_id);
  if (der != nullptr) return der;
  call.Miss(der_id);
  const std::string id(der_id);
  return base::NotFound("DER_NOT_FOUND", absl::StrCat("no DER ", id, " is registered; check the id with ListDers"))
      .Metadata("der_id", id);
}

}  // namespace derms::server
