// The step that every method about one DER begins with.
#pragma once

#include <memory>
#include <string_view>

#include "absl/status/statusor.h"
#include "libs/domain/der.h"
#include "libs/server/call.h"
#include "libs/store/read_model.h"

namespace derms::server {

// NOT_FOUND DER_NOT_FOUND when it is not in memory; the adapter then looks in the database and asks once more.
absl::StatusOr<std::shared_ptr<const domain::Der>> FindDer(Call& call, const store::ReadModel& fleet,
                                                           std::string_view der_id);

}  // namespace derms::server
