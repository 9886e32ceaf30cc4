// The steps that every method about one DER begins with.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/domain/der.h"
#include "libs/server/call.h"
#include "libs/server/find_der.h"
#include "libs/store/read_model.h"

namespace derms::registry {

using DerPtr = std::shared_ptr<const domain::Der>;

// ABORTED REVISION_MISMATCH when `expected` is given (not 0) and another; FAILED_PRECONDITION DER_RETIRED. Memory that
// is behind `expected` is refreshed like a missing DER.
absl::Status CheckChangeable(server::Call& call, const domain::Der& der, std::int64_t expected_revision);

// INVALID_ARGUMENT UNKNOWN_REGION naming the field, when memory that has caught up does not know it either.
absl::Status CheckRegionKnown(server::Call& call, const domain::RegionTree& regions, std::string_view region_id,
                              std::string_view field);

}  // namespace derms::registry
