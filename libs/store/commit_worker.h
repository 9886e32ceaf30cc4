// A thread of a GroupCommitter: batches, transactions, retries, doubts. Internal to libs/store.
#pragma once

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "absl/random/random.h"
#include "libs/base/worker_pool.h"
#include "libs/store/batch_queue.h"
#include "libs/store/batch_writer.h"
#include "libs/store/group_committer.h"

namespace derms::store {

class CommitWorker {
 public:
  // kMain takes whatever is queued, and answers for the connection to the database: without one it refuses what is
  // queued. kHelper takes part only while more than a whole batch waits; at other times a second worker would just make
  // batches smaller.
  enum class Duty { kMain, kHelper };
  CommitWorker(Duty duty, BatchQueue& queue, const GroupCommitter::Options& options, const GroupCommitter::Hooks& hooks,
               std::vector<CommitObserver*> observers, base::IdSource& ids);
  ~CommitWorker();
  void Join();  // when the queue has been closed and everything of it is answered
  bool available() const { return available_.load(std::memory_order_relaxed); }  // of kMain

 private:
  using Items = std::vector<BatchItem*>;
  // How an attempt to commit a batch ended. kRefused: the database refused a statement; `refusal` says why.
  enum class Attempt { kDone, kConflict, kLost, kInDoubt, kRefused };
  enum class Doubt { kStored, kNotStored, kUnknown };

  void Run();
  bool AwaitTurn();  // false: no more
  void LookAtIdleConnection();
  void Process(BatchItems batch);
  static Items DropExpired(const BatchItems& batch);
  static void Deliver(BatchItem& item);

  void Store(const Items& items);  // gives every item its outcome
  void StoreHalves(const Items& items, const absl::Status& refusal);
  Attempt TryCommit(const Items& items, Marker& marker, absl::Status& refusal);
  bool CommitAsStatusBatch(const Items& items, Marker& marker);
  void WriteAndCommit(Items items, Marker& marker);  // throws
  Doubt Settle(const Marker& marker, absl::Time until);

  absl::Status Connect();  // when there is no connection
  void AwaitDatabase();    // tries again and again until connected or closed
  void RefuseQueued();     // nobody shall wait for a database that is away
  void SetAvailable(bool available);

  const Duty duty_;
  BatchQueue& queue_;
  const GroupCommitter::Options options_;
  const GroupCommitter::Hooks hooks_;
  const std::vector<CommitObserver*> observers_;
  base::IdSource& ids_;
  std::atomic<bool> available_{true};

  // Of the thread.
  absl::BitGen random_;
  std::unique_ptr<Connection> connection_;
  std::int64_t session_lock_ = 0;  // advisory lock that the connection's session holds for its whole life
  std::vector<domain::Der> newer_rows_;
  std::vector<domain::EmergencyOrder> newer_orders_;  // all committed, whatever comes of the batch
  static constexpr absl::Duration kGeneralWayFor = absl::Seconds(10);
  absl::Time general_way_until_ = absl::InfinitePast();  // no status batches until then
  static constexpr std::size_t kBatchesToDeliver = 64;
  base::WorkerPool deliverer_{1, kBatchesToDeliver};
  std::thread thread_;
};

}  // namespace derms::store
