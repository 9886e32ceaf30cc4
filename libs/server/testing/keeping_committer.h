// A committer for tests.
#pragma once

#include <utility>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "libs/store/committer.h"

namespace derms::server::testing {

// Keeps what it is given; answers what the test says.
class KeepingCommitter final : public store::Committer {
 public:
  void Commit(store::Mutation mutation, absl::Time, store::CommitDone done) override {
    absl::MutexLock lock(&mutex);
    committed.push_back(std::move(mutation));
    done(outcome.ok() ? absl::StatusOr<store::Committed>(store::Committed()) : outcome);
  }
  absl::Mutex mutex;
  std::vector<store::Mutation> committed;
  absl::Status outcome;
};

}  // namespace derms::server::testing
