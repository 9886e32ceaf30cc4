// A bounded pool of connections for reads that go to PostgreSQL. Thread-safe; Acquire waits, so call it on a worker
// pool, never on a thread of gRPC.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "libs/store/connection.h"

namespace derms::store {

class Pool {
 public:
  struct Options {
    ConnectOptions connect;
    std::size_t max_connections = 4;
    absl::Duration statement_floor = absl::Milliseconds(5);  // with less time left a statement is not begun
    absl::Duration statement_ceiling = absl::Seconds(30);
  };
  explicit Pool(Options options);
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  // Runs `work` in a transaction whose statements end by `deadline`. A connection that breaks is thrown away; when it
  // was an old one (the database restarted meanwhile) a read-only `work` runs once more on a new one, so it must not
  // keep half a result. Errors: RESOURCE_EXHAUSTED NO_CONNECTION when none gets free in time, DEADLINE_EXCEEDED
  // STATEMENT_TIMEOUT, UNAVAILABLE DATABASE_UNAVAILABLE, and what pg_error.h names.
  absl::Status Run(Transaction::Kind kind, absl::Time deadline, const std::function<void(Transaction&)>& work);
  absl::Status Read(absl::Time deadline, const std::function<void(Transaction&)>& work) {
    return Run(Transaction::Kind::kReadOnly, deadline, work);
  }

 private:
  struct Lease {
    std::unique_ptr<Connection> connection;
    bool used_before = false;
  };
  absl::StatusOr<Lease> Acquire(absl::Time deadline, bool want_new);
  void Release(std::unique_ptr<Connection> connection);
  absl::Status RunOn(Connection& connection, Transaction::Kind kind, absl::Time deadline,
                     const std::function<void(Transaction&)>& work) const;

  const Options options_;
  absl::Mutex mutex_;
  std::vector<std::unique_ptr<Connection>> idle_ ABSL_GUARDED_BY(mutex_);
  std::size_t open_ ABSL_GUARDED_BY(mutex_) = 0;  // idle ones and those in use
};

}  // namespace derms::store
