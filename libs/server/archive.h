// What the adapters ask of the database when memory does not know: bound to libs/store by ServiceHost.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/store/mutation.h"

namespace derms::server {

// Blocks: called on the worker pool only. Errors as those of store::Queries. Thread-safe.
class Archive {
 public:
  virtual ~Archive() = default;
  // Brings these DERs, as far as they exist, into memory.
  virtual absl::Status LoadDers(const std::vector<std::string>& der_ids, absl::Time deadline) = 0;
  // Returns when memory holds what any process had committed before. UNAVAILABLE MEMORY_BEHIND.
  virtual absl::Status CatchUp(absl::Time deadline) = 0;
  // The answer once given to this request (response_bytes of `request` is not looked at), if it is known.
  // INVALID_ARGUMENT REQUEST_ID_REUSED when the id was used for another body.
  virtual absl::StatusOr<std::optional<std::string>> FindResponse(const store::Idempotency& request,
                                                                  absl::Time deadline) = 0;
};

}  // namespace derms::server
