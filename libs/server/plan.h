// What a mutation handler returns: what to commit and what to answer once it is durable.
#pragma once

#include <functional>

#include "libs/store/committer.h"

namespace derms::server {

// The answer is complete when the plan is made (times come from the database-disciplined clock, revisions are known),
// so the same bytes can be kept for a repeated request id.
template <typename Response>
struct Plan {
  Response response;
  store::Mutation mutation;  // empty writes: nothing to commit (validate_only, or already so)
  // Told how its commit has ended, before it is answered or planned again; a plan that is dropped is destroyed unheard.
  std::function<void(const absl::StatusOr<store::Committed>&)> settled;
  bool retry_on_conflict = true;  // plan again, up to three times, when someone else was faster; false when the
                                  // client gave expected_revision
};

}  // namespace derms::server
