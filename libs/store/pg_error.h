// The one place where exceptions of libpqxx and SQLSTATEs become absl::Status.
//
// Inside libs/store SQL code throws; every public method catches with Guarded. Messages carry no SQL text, host or
// path: they reach callers. Reasons:
//   UNAVAILABLE        DATABASE_UNAVAILABLE (not reachable, going down, read-only standby), IN_DOUBT
//   DEADLINE_EXCEEDED  STATEMENT_TIMEOUT
//   ABORTED            SERIALIZATION (two transactions met; nothing was written, try again), LOCKED (waited in vain)
//   INVALID_ARGUMENT   TEXT_NOT_STORABLE (NUL or not UTF-8), VALUE_NOT_STORABLE (a constraint or range refused it)
//   INTERNAL           DATABASE_ERROR (metadata sqlstate)
#pragma once

#include <functional>
#include <stdexcept>
#include <string>

#include "absl/status/status.h"

namespace derms::store {

// Thrown by Transaction::Commit when the connection was lost before the answer to COMMIT arrived.
class CommitInDoubt : public std::runtime_error {
 public:
  CommitInDoubt() : std::runtime_error("commit in doubt") {}
};

// Thrown by anything below when it wants a Status to reach the caller.
class StatusError : public std::runtime_error {
 public:
  explicit StatusError(absl::Status status) : std::runtime_error("status"), status_(std::move(status)) {}
  const absl::Status& status() const { return status_; }

 private:
  absl::Status status_;
};

// The exception being handled, as Status. Call inside a catch block only.
absl::Status StatusOfException();

// Runs `work`; an exception becomes a Status.
absl::Status Guarded(const std::function<absl::Status()>& work);

bool IsDatabaseUnavailable(const absl::Status& status);  // DATABASE_UNAVAILABLE
bool IsInDoubt(const absl::Status& status);              // IN_DOUBT
bool IsSerialization(const absl::Status& status);        // SERIALIZATION

absl::Status DatabaseUnavailable();
absl::Status CommitUnknown();

}  // namespace derms::store
