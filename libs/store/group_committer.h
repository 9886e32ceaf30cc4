// Committer on a thread with a connection of its own: one transaction for whatever queued during the previous commit. A
// second thread helps while more than a batch waits (docs/store.md).
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "libs/base/ids.h"
#include "libs/store/committer.h"
#include "libs/store/connection.h"

namespace derms::store {

class BatchQueue;
class CommitWorker;

class GroupCommitter final : public Committer {
 public:
  struct Options {
    ConnectOptions connect;
    std::string instance_id = "";     // of this process: the read model skips its own readings by it
    std::size_t queue_limit = 20000;  // mutations that wait
    std::size_t max_batch = 512;      // mutations per transaction
    std::size_t max_rows = 4096;      // rows per transaction, unless one mutation has more
    absl::Duration statement_timeout = absl::Seconds(10);
    absl::Duration settle_limit = absl::Seconds(10);  // how long a commit in doubt is looked into
    absl::Duration idle_look = absl::Seconds(5);      // at a connection that waits for work
    absl::Duration reconnect_min = absl::Milliseconds(50);
    absl::Duration reconnect_max = absl::Seconds(2);
  };
  // What metrics and logs are made of. Called on the committer's threads; empty ones are skipped.
  struct Hooks {
    std::function<void(std::size_t mutations, absl::Duration took)> on_batch;  // after each commit
    std::function<void(bool stored)> on_doubt_settled;
    std::function<void()> on_doubt_unsettled;
    std::function<void(bool connected)> on_connection;    // gained or lost
    std::function<void(const absl::Status&)> on_refused;  // one statement of a batch was refused by SQL
    std::function<void()> before_commit;                  // for fault tests
  };
  // Observers and ids must outlive the committer. Connects on its own thread: until it has, mutations wait; when the
  // database cannot be reached they are refused at once, and it tries again with growing, jittered pauses.
  GroupCommitter(Options options, Hooks hooks, std::vector<CommitObserver*> observers, base::IdSource& ids);
  ~GroupCommitter() override;  // drains

  void Commit(Mutation mutation, absl::Time deadline, CommitDone done) override;
  void Drain();  // takes nothing more, returns when everything taken has its outcome
  std::size_t queued() const;

 private:
  const std::unique_ptr<BatchQueue> queue_;
  std::unique_ptr<CommitWorker> main_, helper_;
};

}  // namespace derms::store
