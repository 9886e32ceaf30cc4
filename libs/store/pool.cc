#include "libs/store/pool.h"

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"
#include "libs/base/error.h"
#include "libs/store/pg_error.h"

namespace derms::store {

Pool::Pool(Options options) : options_(std::move(options)) {}
Pool::~Pool() = default;

absl::StatusOr<Pool::Lease> Pool::Acquire(absl::Time deadline, bool want_new) {
  std::vector<std::unique_ptr<Connection>> stale;  // closed after the lock is released
  {
    absl::MutexLock lock(&mutex_);
    const auto free = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      return !idle_.empty() || open_ < options_.max_connections;
    };
    if (!mutex_.AwaitWithDeadline(absl::Condition(&free), deadline)) {
      return base::ResourceExhausted("NO_CONNECTION", "all database connections are in use; retry after a pause");
    }
    if (want_new) {
      open_ -= idle_.size();
      stale.swap(idle_);
    }
    if (!idle_.empty()) {
      Lease lease{std::move(idle_.back()), true};
      idle_.pop_back();
      return lease;
    }
    ++open_;
  }
  auto opened = Connection::Open(options_.connect);
  if (opened.ok()) return Lease{*std::move(opened), false};
  absl::MutexLock lock(&mutex_);
  --open_;
  return opened.status();
}

void Pool::Release(std::unique_ptr<Connection> connection) {
  std::unique_ptr<Connection> lost;
  absl::MutexLock lock(&mutex_);
  if (connection->broken()) {
    --open_;
    lost = std::move(connection);
  } else {
    idle_.push_back(std::move(connection));
  }
}

absl::Status Pool::RunOn(Connection& connection, Transaction::Kind kind, absl::Time deadline,
                         const std::function<void(Transaction&)>& work) const {
  const absl::Duration left = deadline - absl::Now();
  if (left < options_.statement_floor) {
    return base::DeadlineExceeded("STATEMENT_TIMEOUT", "too little time is left for the database; retry with more");
  }
  return Guarded([&] {
    Transaction transaction(connection, kind, std::min(left, options_.statement_ceiling));
    work(transaction);
    transaction.Commit();
    return absl::OkStatus();
  });
}

absl::Status Pool::Run(Transaction::Kind kind, absl::Time deadline, const std::function<void(Transaction&)>& work) {
  for (bool second = false;; second = true) {
    ASSIGN_OR_RETURN(Lease lease, Acquire(deadline, second));
    const absl::Status status = RunOn(*lease.connection, kind, deadline, work);
    const bool lost = lease.connection->broken();
    Release(std::move(lease.connection));
    const bool read_only = kind != Transaction::Kind::kReadWrite;
    if (!(lost && lease.used_before && read_only) || second) return status;
  }
}

}  // namespace derms::store
