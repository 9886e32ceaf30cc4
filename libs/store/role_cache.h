// Roles and revocations in memory: what the gate asks. A tiny query asks every 200 ms whether anything changed, so that
// a grant or a revocation holds in every process within a second. Thread-safe; nothing but the constructor waits.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "libs/domain/access.h"
#include "libs/store/background_loop.h"
#include "libs/store/pool.h"

namespace derms::store {

class RoleCache {
 public:
  // Loads once, then keeps itself fresh until destroyed. The pool must outlive it.
  explicit RoleCache(Pool& pool, absl::Duration refresh_every = absl::Milliseconds(200));

  std::vector<domain::Grant> GrantsOf(std::string_view subject) const;
  // Whether the token was revoked by its id (empty: it has none), or all of the subject that were issued until a time
  // were. Without `issued_at` a token counts as older than any revocation of its subject.
  bool IsRevoked(std::string_view token_id, std::string_view subject, std::optional<absl::Time> issued_at) const;
  // Since the snapshot was last known to equal the database; infinite before the first.
  absl::Duration Age() const;
  // Looks now instead of at the next turn: after a change made by this process.
  void Refresh();

 private:
  struct Snapshot {
    std::int64_t version = 0;
    std::map<std::string, std::vector<domain::Grant>, std::less<>> grants;
    std::map<std::string, absl::Time, std::less<>> revoked_tokens, revoked_subjects;
  };
  static Snapshot Load(Transaction& transaction);

  Pool& pool_;
  absl::Mutex refreshing_;  // one refresh at a time, so that an older snapshot never replaces a newer one
  mutable absl::Mutex mutex_;
  std::shared_ptr<const Snapshot> snapshot_ ABSL_GUARDED_BY(mutex_);
  absl::Time fresh_at_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  std::unique_ptr<BackgroundLoop> loop_;
};

}  // namespace derms::store
