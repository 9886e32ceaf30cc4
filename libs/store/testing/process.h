// The store as one service process has it: pool, queries, committer, read model, chain. For tests of several.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "libs/store/chain_follower.h"
#include "libs/store/chain_writer.h"
#include "libs/store/group_committer.h"
#include "libs/store/memory_read_model.h"
#include "libs/store/pg_queries.h"
#include "libs/store/pool.h"

namespace derms::store::testing {

// Polls until `condition` holds; false when it does not within a minute.
bool Eventually(const std::function<bool()>& condition);

class StoreProcess {
 public:
  explicit StoreProcess(const std::string& database_url, bool chains = true, FleetObserver* observer = nullptr);
  ~StoreProcess();

  Pool& pool() { return pool_; }
  PgQueries& queries() { return queries_; }
  GroupCommitter& committer() { return *committer_; }
  MemoryReadModel& model() { return *model_; }
  ChainFollower& follower() { return *follower_; }
  base::IdSource& ids() { return ids_; }

 private:
  base::RandomIdSource ids_;
  Pool pool_;
  PgQueries queries_;
  std::unique_ptr<MemoryReadModel> model_;
  std::unique_ptr<GroupCommitter> committer_;
  std::unique_ptr<ChainWriter> writer_;
  std::unique_ptr<ChainFollower> follower_;
};

}  // namespace derms::store::testing
