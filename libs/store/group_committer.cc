#include "libs/store/group_committer.h"

#include <algorithm>
#include <utility>

#include "libs/base/error.h"
#include "libs/store/commit_worker.h"

namespace derms::store {

GroupCommitter::GroupCommitter(Options options, Hooks hooks, std::vector<CommitObserver*> observers,
                               base::IdSource& ids) {
  if (options.instance_id.empty()) options.instance_id = ids.NewId();
  for (int i = 0; i < std::clamp(options.workers, 1, 2); ++i) {
    workers_.push_back(std::make_unique<CommitWorker>(options, hooks, observers, ids));
  }
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
  const auto worker = static_cast<std::uint64_t>(item->row_keys[0]) % workers_.size();
  workers_[worker]->Push(std::move(item));
}

void GroupCommitter::Drain() {
  for (auto& worker : workers_) worker->Drain();
}

std::size_t GroupCommitter::queued() const {
  std::size_t queued = 0;
  for (const auto& worker : workers_) queued += worker->queued();
  return queued;
}

}  // namespace derms::store
