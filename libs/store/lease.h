// Leases: one process at a time does a thing, for as long as it keeps saying that it lives.
//
// A lease is a row with a holder, an end and a token. The token grows whenever the lease is taken anew: by another
// holder, or by the same after it had ended. So a process that was paused beyond its end and believes that it still
// leads carries an old token, and a mutation with that token (Mutation::fence, mutation.h) writes nothing
// (M. Kleppmann, "How to do distributed locking", 2016: a lease is safe only together with such a fence). Only the
// database's clock decides what has ended.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/store/connection.h"
#include "libs/store/fence.h"
#include "libs/store/pool.h"

namespace derms::store {

// Thread-safe. The methods block on the database: call them on a thread that may wait. Errors as those of Pool::Run.
class Leases {
 public:
  virtual ~Leases() = default;

  // Takes the lease or, when `holder` has it already, lets it last `ttl` from now. The token to write with; none while
  // another holds it.
  virtual absl::StatusOr<std::optional<std::int64_t>> Acquire(const std::string& name, const std::string& holder,
                                                              absl::Duration ttl, absl::Time deadline) = 0;
  // Ends the lease that was taken with this token, so that others need not wait; nothing when it is another's by now.
  virtual absl::Status Release(const std::string& name, std::int64_t token, absl::Time deadline) = 0;
};

class PgLeases final : public Leases {
 public:
  explicit PgLeases(Pool& pool) : pool_(pool) {}  // must outlive this

  absl::StatusOr<std::optional<std::int64_t>> Acquire(const std::string& name, const std::string& holder,
                                                      absl::Duration ttl, absl::Time deadline) override;
  absl::Status Release(const std::string& name, std::int64_t token, absl::Time deadline) override;

 private:
  Pool& pool_;
};

// Whether the lease was last taken with this token. It stays so until the transaction ends: who wants to take it waits.
// Throws.
bool Holds(Transaction& transaction, const Fence& fence);
absl::Status LeaseLost();  // ABORTED LEASE_LOST

}  // namespace derms::store
