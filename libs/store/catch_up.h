// Waits until memory holds what any process had committed before: for answers that hang on the whole fleet, as a plan
// does. The usual case, nothing new, costs two small queries.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/store/chain_follower.h"
#include "libs/store/pool.h"

namespace derms::store {

// Blocks. Thread-safe.
class CatchUp {
 public:
  // `follower` tells the read model; both outlive this.
  CatchUp(Pool& pool, const ChainFollower& follower) : pool_(pool), follower_(follower) {}

  // UNAVAILABLE MEMORY_BEHIND when the chain did not get there in time (a long transaction holds it back);
  // errors of Pool::Run. Readings make no events and are not waited for.
  absl::Status Await(absl::Time deadline) const;

 private:
  // Place of an event among all: its transaction and its number in that.
  struct Place {
    std::string xid = "0";
    std::int64_t ordinal = 0;
  };
  absl::StatusOr<Place> NewestCommitted(absl::Time deadline) const;
  // Sequence of the end of the chain once that is at `place` or behind it; -1 before.
  absl::StatusOr<std::int64_t> SequenceBehind(const Place& place, absl::Time deadline) const;

  Pool& pool_;
  const ChainFollower& follower_;
};

}  // namespace derms::store
