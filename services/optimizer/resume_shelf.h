// What the runs of standing policies go on from: of each policy what its newest run left, until the next run takes it.
//
// A run takes its policy's point away and puts its own there when its schedule is in force: whatever goes wrong on the
// way -- a solver process that is killed, a run that is cancelled or not stored -- the next run is solved from scratch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "libs/dispatch/resume_point.h"

namespace derms::optimizer {

// A point is of one wording of its policy and of one time of leading: runs of others have come between.
struct ResumeKey {
  std::string policy_id;
  std::int64_t revision = 0;
  std::int64_t token = 0;  // of the leader's fence

  bool operator==(const ResumeKey&) const = default;
};

// Thread-safe.
class ResumeShelf {
 public:
  using Point = std::shared_ptr<const dispatch::ResumePoint>;

  explicit ResumeShelf(std::size_t most_bytes) : most_bytes_(most_bytes) {}

  // Null when the policy has none with this key; one with another is dropped.
  Point Take(const ResumeKey& key);
  // In place of what the policy had. The oldest make room; a point that is too large by itself is not kept.
  void Put(ResumeKey key, Point point);
  void Drop(const std::string& policy_id);
  void Clear();

  // Each in its turn, for somebody who looks whether the policy still is what it was; none while the shelf is empty.
  std::optional<ResumeKey> NextToLookAfter();
  std::size_t bytes() const;

 private:
  struct Kept {
    ResumeKey key;
    Point point;
    std::size_t bytes = 0;
  };
  using Shelf = std::list<Kept>;

  Shelf::iterator Find(const std::string& policy_id) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Remove(Shelf::iterator kept) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::size_t most_bytes_;
  mutable absl::Mutex mutex_;
  Shelf shelf_ ABSL_GUARDED_BY(mutex_);  // oldest first
  std::size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  std::string looked_after_ ABSL_GUARDED_BY(mutex_);  // the last one
};

}  // namespace derms::optimizer
