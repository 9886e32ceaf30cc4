#include "libs/store/testing/process.h"

#include <cstdio>
#include <cstdlib>

#include "absl/time/clock.h"

namespace derms::store::testing {
namespace {

Pool::Options PoolOptions(const std::string& url) {
  Pool::Options options;
  options.connect.database_url = url;
  return options;
}

}  // namespace

bool Eventually(const std::function<bool()>& condition) {
  const absl::Time until = absl::Now() + absl::Minutes(1);
  while (!condition()) {
    if (absl::Now() > until) return false;
    absl::SleepFor(absl::Milliseconds(5));
  }
  return true;
}

StoreProcess::StoreProcess(const std::string& database_url, bool chains, FleetObserver* observer)
    : pool_(PoolOptions(database_url)), queries_(pool_) {
  const std::string instance = ids_.NewId();
  MemoryReadModel::Options model_options;
  model_options.connect.database_url = database_url;
  model_options.instance_id = instance;
  model_options.reading_interval = absl::Milliseconds(20);
  model_ = std::make_unique<MemoryReadModel>(model_options, pool_, queries_);
  if (observer != nullptr) model_->Observe(*observer);
  const auto sequence = model_->Load();
  if (!sequence.ok()) {
    std::fprintf(stderr, "read model: %s\n", sequence.status().ToString().c_str());
    std::exit(1);
  }
  GroupCommitter::Options committer_options;
  committer_options.connect.database_url = database_url;
  committer_options.instance_id = instance;
  committer_ = std::make_unique<GroupCommitter>(committer_options, GroupCommitter::Hooks(),
                                                std::vector<CommitObserver*>{model_.get()}, ids_);
  if (chains) {
    ChainWriter::Options writer_options;
    writer_options.connect.database_url = database_url;
    writer_ = std::make_unique<ChainWriter>(writer_options, ChainWriter::Hooks());
  }
  ChainFollower::Options follower_options;
  follower_options.after_sequence = *sequence;
  ChainFollower::Hooks hooks;
  hooks.on_heard = [this] { model_->Heard(); };
  follower_ =
      std::make_unique<ChainFollower>(follower_options, hooks, queries_, std::vector<EventListener*>{model_.get()});
}

StoreProcess::~StoreProcess() {
  follower_.reset();
  writer_.reset();
  committer_.reset();
}

}  // namespace derms::store::testing
