// Makes mutations durable: group commit, one transaction for whatever queued during the previous commit.
#pragma once

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/store/mutation.h"

namespace derms::store {

struct Committed {
  bool replayed = false;       // the request id was known: nothing was written, response_bytes is the first answer
  std::string response_bytes;  // only when replayed
};

using CommitDone = std::function<void(absl::StatusOr<Committed>)>;

class Committer {
 public:
  virtual ~Committer() = default;
  // Takes the mutation, never waits. `done` runs once, on a thread of the committer, when the outcome is known and
  // observers have seen it, or right here when the queue is full (RESOURCE_EXHAUSTED QUEUE_FULL), when draining, or
  // when `deadline` passes before the commit begins (DEADLINE_EXCEEDED). UNAVAILABLE DATABASE_UNAVAILABLE when the
  // database cannot be reached. An OK is durable. Thread-safe.
  virtual void Commit(Mutation mutation, absl::Time deadline, CommitDone done) = 0;
};

// For threads that may wait: the outcome.
absl::StatusOr<Committed> CommitAndWait(Committer& committer, Mutation mutation, absl::Time deadline);

// Told of committed mutations before their `done` runs, so that memory is never behind an answer (read-your-writes),
// and of rows found newer than expected. Called on the committer's threads: thread-safe, quick
// and without waiting.
class CommitObserver {
 public:
  virtual ~CommitObserver() = default;
  virtual void OnCommitted(const Mutation& mutation) = 0;
  virtual void OnNewerRow(const domain::Der& der) = 0;
  virtual void OnNewerOrder(const domain::EmergencyOrder& /*order*/) {}
};

}  // namespace derms::store
