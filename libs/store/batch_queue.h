// Mutations that wait for the next commit: bounded, in order per row, for one or two workers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/synchronization/mutex.h"
#include "libs/store/batch.h"

namespace derms::store {

using BatchItems = std::vector<std::unique_ptr<BatchItem>>;

// Thread-safe. What shares a key -- a row or a request id -- is never in two hands: within a batch, and from Take to
// Release also across batches. The later one waits, and so does whatever shares a key with it: nothing overtakes.
class BatchQueue {
 public:
  BatchQueue(std::size_t limit, std::size_t max_batch, std::size_t max_rows);

  enum class Pushed { kYes, kFull, kClosed };
  Pushed Push(std::unique_ptr<BatchItem>& item);  // takes the item only with kYes
  // Waits until something may be taken and returns what forms the next batch; empty once closed and drained.
  BatchItems Take();
  // The batch is done: everybody has been told of it that later batches count on.
  void Release(const BatchItems& batch);
  // Waits until something is queued, or it is closed; false when neither came in time.
  bool AwaitAny(absl::Duration timeout);
  // Waits until more than a whole batch is queued; false once closed.
  bool AwaitMoreThanABatch();
  BatchItems TakeAll();  // without waiting
  void Close();
  bool AwaitClosed(absl::Duration timeout);  // whether it was closed by then
  std::size_t size() const;

 private:
  using KeySet = absl::flat_hash_set<RowKey>;
  bool IsTaken(const KeySet& used, RowKey key) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool Claim(KeySet& used, const BatchItem& item) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  BatchItems TakeFree() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::size_t limit_, max_batch_, max_rows_;
  mutable absl::Mutex mutex_;
  std::deque<std::unique_ptr<BatchItem>> queue_ ABSL_GUARDED_BY(mutex_);
  KeySet in_flight_ ABSL_GUARDED_BY(mutex_);
  std::uint64_t changes_ ABSL_GUARDED_BY(mutex_) = 0;  // pushes, releases: what may make a blocked item free
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace derms::store
