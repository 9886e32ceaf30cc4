#include "libs/store/batch_queue.h"

#include <cstring>
#include <iterator>
#include <optional>
#include <utility>

namespace derms::store {
namespace {

// How many queued mutations are looked at for one batch: when all are about one DER the rest of a batch stays empty.
constexpr std::size_t kScanFactor = 4;

// Stands for the request id; two ids with one key only wait for each other.
std::optional<RowKey> RequestOf(const BatchItem& item) {
  if (item.request_key.empty()) return std::nullopt;
  RowKey digest = 0;
  std::memcpy(&digest, item.request_key.data(), sizeof digest);
  return digest ^ item.mutation.idempotency->der_key;
}

std::size_t RowCount(const BatchItem& item) {
  std::size_t rows = item.mutation.writes.size();
  for (const RowWrite& write : item.mutation.writes) {
    if (const auto* run = std::get_if<RunInsert>(&write)) rows += run->schedules.der_ids.size();
    if (const auto* run = std::get_if<RunFinish>(&write)) rows += run->schedules.der_ids.size();
  }
  return rows;
}

}  // namespace

BatchQueue::BatchQueue(std::size_t limit, std::size_t max_batch, std::size_t max_rows)
    : limit_(limit), max_batch_(max_batch), max_rows_(max_rows) {}

BatchQueue::Pushed BatchQueue::Push(std::unique_ptr<BatchItem>& item) {
  absl::MutexLock lock(&mutex_);
  if (closed_) return Pushed::kClosed;
  if (queue_.size() >= limit_) return Pushed::kFull;
  queue_.push_back(std::move(item));
  ++changes_;
  return Pushed::kYes;
}

bool BatchQueue::IsTaken(const KeySet& used, RowKey key) const {
  return used.contains(key) || in_flight_.contains(key);
}

// Marks the keys of the item as used; whether none was before. Keys of an item that must wait are marked too, so that
// nothing overtakes it.
bool BatchQueue::Claim(KeySet& used, const BatchItem& item) const {
  const std::optional<RowKey> request = RequestOf(item);
  bool free = !request || !IsTaken(used, *request);
  for (const RowKey key : item.row_keys) free = free && !IsTaken(used, key);
  used.insert(item.row_keys.begin(), item.row_keys.end());
  if (request) used.insert(*request);
  return free;
}

BatchItems BatchQueue::TakeFree() {
  BatchItems batch, waiting;
  KeySet used;
  std::size_t rows = 0;
  for (std::size_t looked = 0; looked < kScanFactor * max_batch_ && !queue_.empty(); ++looked) {
    if (batch.size() >= max_batch_ || (rows >= max_rows_ && !batch.empty())) break;
    auto item = std::move(queue_.front());
    queue_.pop_front();
    if (Claim(used, *item)) {
      rows += RowCount(*item);
      batch.push_back(std::move(item));
    } else {
      waiting.push_back(std::move(item));
    }
  }
  queue_.insert(queue_.begin(), std::make_move_iterator(waiting.begin()), std::make_move_iterator(waiting.end()));
  return batch;
}

BatchItems BatchQueue::Take() {
  absl::MutexLock lock(&mutex_);
  while (true) {
    BatchItems batch = TakeFree();
    for (const auto& item : batch) {
      in_flight_.insert(item->row_keys.begin(), item->row_keys.end());
      if (const auto request = RequestOf(*item)) in_flight_.insert(*request);
    }
    if (!batch.empty() || (closed_ && queue_.empty())) return batch;
    const auto changed = [this, seen = changes_]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return changes_ != seen; };
    mutex_.Await(absl::Condition(&changed));
  }
}

void BatchQueue::Release(const BatchItems& batch) {
  absl::MutexLock lock(&mutex_);
  for (const auto& item : batch) {
    for (const RowKey key : item->row_keys) in_flight_.erase(key);
    if (const auto request = RequestOf(*item)) in_flight_.erase(*request);
  }
  ++changes_;
}

bool BatchQueue::AwaitAny(absl::Duration timeout) {
  absl::MutexLock lock(&mutex_);
  const auto ready = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return closed_ || !queue_.empty(); };
  return mutex_.AwaitWithTimeout(absl::Condition(&ready), timeout);
}

bool BatchQueue::AwaitMoreThanABatch() {
  absl::MutexLock lock(&mutex_);
  const auto ready = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return closed_ || queue_.size() > max_batch_; };
  mutex_.Await(absl::Condition(&ready));
  return !closed_;
}

BatchItems BatchQueue::TakeAll() {
  absl::MutexLock lock(&mutex_);
  BatchItems all(std::make_move_iterator(queue_.begin()), std::make_move_iterator(queue_.end()));
  queue_.clear();
  return all;
}

void BatchQueue::Close() {
  absl::MutexLock lock(&mutex_);
  closed_ = true;
  ++changes_;
}

bool BatchQueue::AwaitClosed(absl::Duration timeout) {
  absl::MutexLock lock(&mutex_);
  return mutex_.AwaitWithTimeout(absl::Condition(&closed_), timeout);
}

std::size_t BatchQueue::size() const {
  absl::MutexLock lock(&mutex_);
  return queue_.size();
}

}  // namespace derms::store
