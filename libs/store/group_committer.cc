#include "libs/store/group_committer.h"

#include <utility>

#include "libs/base/error.h"
#include "libs/store/batch_queue.h"
#include "libs/store/commit_worker.h"
#include "libs/store/pg_error.h"

namespace derms::store {

GroupCommitter::GroupCommitter(Options options, Hooks hooks, std::vector<CommitObserver*> observers,
                               base::IdSource& ids)
    : queue_(std::make_unique<BatchQueue>(options.queue_limit, options.max_batch, options.max_rows)) {
  using Duty = CommitWorker::Duty;
  if (options.instance_id.empty()) options.instance_id = ids.NewId();
  main_ = std::make_unique<CommitWorker>(Duty::kMain, *queue_, options, hooks, observers, ids);
  helper_ = std::make_unique<CommitWorker>(Duty::kHelper, *queue_, options, hooks, observers, ids);
}

GroupCommitter::~GroupCommitter() {
  Drain();
}

void GroupCommitter::Commit(Mutation mutation, absl::Time deadline, CommitDone done) {
  auto item = std::make_unique<BatchItem>();
  item->mutation = std::move(mutation);
  item->deadline = deadline;
  item->done = std::move(done);
  if (item->mutation.writes.empty()) {
    item->done(base::Internal("MUTATION_EMPTY", "a change writes nothing; report this as a defect"));
    return;
  }
  if (const absl::Status keyed = FillKeys(*item); !keyed.ok()) {
    item->done(keyed);
    return;
  }
  if (!main_->available()) {
    item->done(DatabaseUnavailable());
    return;
  }
  switch (queue_->Push(item)) {
    case BatchQueue::Pushed::kYes:
      return;
    case BatchQueue::Pushed::kFull:
      item->done(base::ResourceExhausted("QUEUE_FULL", "too many changes wait; retry after a pause"));
      return;
    case BatchQueue::Pushed::kClosed:
      item->done(base::Unavailable("DRAINING", "the service is stopping; retry on another replica"));
      return;
  }
}

void GroupCommitter::Drain() {
  queue_->Close();
  main_->Join();
  helper_->Join();
}

std::size_t GroupCommitter::queued() const {
  return queue_->size();
}

}  // namespace derms::store
