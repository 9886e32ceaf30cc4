// Mutations that wait for the next commit: bounded, in order per row.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/synchronization/mutex.h"
#include "libs/store/batch.h"

namespace derms::store {

// Thread-safe.
class BatchQueue {
 public:
  BatchQueue(std::size_t limit, std::size_t max_batch, std::size_t max_rows);

  enum class Pushed { kYes, kFull, kClosed };
  Pushed Push(std::unique_ptr<BatchItem>& item);  // takes the item only with kYes
  // Waits until something is queued and returns what forms the next batch; empty once closed and drained. No two
  // mutations of a batch share a key: the later one waits for the next batch, and whatever shares a key with it too.
  std::vector<std::unique_ptr<BatchItem>> Take();
  std::vector<std::unique_ptr<BatchItem>> TakeAll();  // without waiting
  void Close();
  bool closed() const;
  bool AwaitClosed(absl::Duration timeout);  // whether it was closed by then
  std::size_t size() const;

 private:
  const std::size_t limit_, max_batch_, max_rows_;
  mutable absl::Mutex mutex_;
  std::deque<std::unique_ptr<BatchItem>> queue_ ABSL_GUARDED_BY(mutex_);
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace derms::store
