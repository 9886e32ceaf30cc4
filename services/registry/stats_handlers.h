// Figures of the fleet.
#pragma once

#include "derms/v1/registry.pb.h"
#include "libs/server/call.h"
#include "libs/store/read_model.h"

namespace derms::registry {

// Thread-safe; answers from memory and never waits.
class StatsHandlers {
 public:
  explicit StatsHandlers(const store::ReadModel& fleet) : fleet_(fleet) {}  // must outlive the handlers

  // Counts and rated power of the whole fleet for every role; measured sums over what the caller may see.
  // INVALID_ARGUMENT UNKNOWN_REGION.
  absl::StatusOr<v1::GetStatsResponse> GetStats(server::Call& call, const v1::GetStatsRequest& request) const;

 private:
  const store::ReadModel& fleet_;
};

}  // namespace derms::registry
