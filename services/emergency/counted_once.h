// Counts that cost something, made once for all who ask about the same thing at about the same time.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "libs/base/error.h"

namespace derms::emergency {

inline constexpr absl::Duration kCountedEvery = absl::Milliseconds(500);

// Thread-safe.
template <typename Count>
class CountedOnce {
 public:
  static constexpr std::size_t kKept = 256;

  // Made anew when the last one is older than kCountedEvery, or than five times what it took: a million rows are not
  // counted all the time. Waits for somebody who is counting the first time: DEADLINE_EXCEEDED STATEMENT_TIMEOUT. The
  // errors of `make`, which are not kept.
  absl::StatusOr<Count> Of(const std::string& key, const std::function<absl::StatusOr<Count>()>& make,
                           absl::Time deadline) {
    EntryPtr entry;
    {
      const absl::MutexLock lock(&mutex_);
      entry = Find(key);
      const auto ready = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return entry->known || !entry->counting; };
      if (!mutex_.AwaitWithDeadline(absl::Condition(&ready), deadline)) {
        return base::DeadlineExceeded("STATEMENT_TIMEOUT", "this is still being counted for somebody else; retry");
      }
      if (entry->counting || (entry->known && absl::Now() < entry->fresh_until)) return entry->count;
      entry->counting = true;
    }
    const absl::Time began = absl::Now();
    absl::StatusOr<Count> made = make();
    const absl::Time ended = absl::Now();
    const absl::MutexLock lock(&mutex_);
    entry->counting = false;
    if (!made.ok()) return made.status();
    entry->count = *std::move(made);
    entry->known = true;
    entry->fresh_until = ended + std::max(kCountedEvery, kTimesItsCost * (ended - began));
    return entry->count;
  }

 private:
  static constexpr int kTimesItsCost = 5;
  struct Entry {
    bool counting = false;
    bool known = false;
    Count count;
    absl::Time fresh_until;  // by the machine's clock
  };
  using EntryPtr = std::shared_ptr<Entry>;

  EntryPtr Find(const std::string& key) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    EntryPtr& entry = entries_[key];
    if (entry != nullptr) return entry;
    EntryPtr made = entry = std::make_shared<Entry>();
    if (entries_.size() > kKept) {
      const auto oldest = std::min_element(entries_.begin(), entries_.end(), [&](const auto& a, const auto& b) {
        return std::pair(a.second == made, a.second->fresh_until) < std::pair(b.second == made, b.second->fresh_until);
      });
      entries_.erase(oldest);
    }
    return made;
  }

  absl::Mutex mutex_;
  std::map<std::string, EntryPtr, std::less<>> entries_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace derms::emergency
