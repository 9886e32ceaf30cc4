// Partial updates of a DER.
#pragma once

#include "absl/status/status.h"
#include "derms/v1/registry.pb.h"
#include "libs/domain/der.h"

namespace derms::wire {

// Writes the fields named in request.update_mask into `der`: capacity_kw, location, region_id, parameters (all of them)
// or parameters.NAME. A masked parameter that is absent goes back to its default. Values are not judged here
// (domain::CheckRatings). INVALID_ARGUMENT INVALID_UPDATE_MASK, `der` then unchanged: no path, an unknown one, or a
// masked location or region_id that is absent.
absl::Status ApplyUpdate(const v1::UpdateDerRequest& request, domain::Der& der);

}  // namespace derms::wire
