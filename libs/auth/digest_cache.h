// A bounded map from SHA-256 digests to values that forgets the least recently used. Keys are digests so that the
// memory holds no token; an attacker cannot choose them, so look-ups need no constant time.
#pragma once

#include <cstddef>
#include <list>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "libs/base/sha256.h"

namespace derms::auth {

// Thread-safe. Value must be copyable.
template <typename Value>
class DigestCache {
 public:
  explicit DigestCache(std::size_t max_entries) : max_entries_(max_entries) {}

  std::optional<Value> Find(const base::Sha256Digest& digest) {
    absl::MutexLock lock(&mutex_);
    const auto found = index_.find(digest);
    if (found == index_.end()) return std::nullopt;
    entries_.splice(entries_.begin(), entries_, found->second);
    return found->second->second;
  }

  // Replaces what the digest had.
  void Put(const base::Sha256Digest& digest, Value value) {
    absl::MutexLock lock(&mutex_);
    entries_.emplace_front(digest, std::move(value));
    const auto [place, inserted] = index_.try_emplace(digest, entries_.begin());
    if (!inserted) entries_.erase(std::exchange(place->second, entries_.begin()));
    if (entries_.size() > max_entries_) EraseLast();
  }

  std::size_t size() const {
    absl::MutexLock lock(&mutex_);
    return entries_.size();
  }

 private:
  using Entries = std::list<std::pair<base::Sha256Digest, Value>>;  // most recently used first

  void EraseLast() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    index_.erase(entries_.back().first);
    entries_.pop_back();
  }

  const std::size_t max_entries_;
  mutable absl::Mutex mutex_;
  Entries entries_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<base::Sha256Digest, typename Entries::iterator> index_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace derms::auth
