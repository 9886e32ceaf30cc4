#include "services/optimizer/resume_shelf.h"

#include <algorithm>
#include <utility>

namespace derms::optimizer {

ResumeShelf::Point ResumeShelf::Take(const ResumeKey& key) {
  const absl::MutexLock lock(&mutex_);
  const auto found = Find(key.policy_id);
  if (found == shelf_.end()) return nullptr;
  Point point = found->key == key ? found->point : nullptr;
  Remove(found);
  return point;
}

void ResumeShelf::Put(ResumeKey key, Point point) {
  const std::size_t bytes = dispatch::ByteSize(*point);
  const absl::MutexLock lock(&mutex_);
  if (const auto before = Find(key.policy_id); before != shelf_.end()) Remove(before);
  if (bytes > most_bytes_) return;
  while (bytes_ + bytes > most_bytes_) Remove(shelf_.begin());
  shelf_.push_back({std::move(key), std::move(point), bytes});
  bytes_ += bytes;
}

void ResumeShelf::Drop(const std::string& policy_id) {
  const absl::MutexLock lock(&mutex_);
  if (const auto found = Find(policy_id); found != shelf_.end()) Remove(found);
}

void ResumeShelf::Clear() {
  const absl::MutexLock lock(&mutex_);
  shelf_.clear();
  bytes_ = 0;
}

std::optional<ResumeKey> ResumeShelf::NextToLookAfter() {
  const absl::MutexLock lock(&mutex_);
  if (shelf_.empty()) return std::nullopt;
  auto next = Find(looked_after_);
  if (next != shelf_.end()) ++next;
  if (next == shelf_.end()) next = shelf_.begin();
  looked_after_ = next->key.policy_id;
  return next->key;
}

std::size_t ResumeShelf::bytes() const {
  const absl::MutexLock lock(&mutex_);
  return bytes_;
}

ResumeShelf::Shelf::iterator ResumeShelf::Find(const std::string& policy_id) {
  return std::find_if(shelf_.begin(), shelf_.end(), [&](const Kept& kept) { return kept.key.policy_id == policy_id; });
}

void ResumeShelf::Remove(Shelf::iterator kept) {
  bytes_ -= kept->bytes;
  shelf_.erase(kept);
}

}  // namespace derms::optimizer
