// Who holds which role and which tokens are refused, in memory: what the gate of every call asks.
//
// Looks at role_version five times a second and reads everything anew when it changed, so a grant or a revocation
// works in every process within a second. libs/server binds it to libs/auth's RoleSource.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "libs/domain/access.h"
#include "libs/store/background_loop.h"
#include "libs/store/committer.h"
#include "libs/store/pool.h"

namespace derms::store {

// Thread-safe; asking never waits for the database.
class RoleCache final : public CommitObserver {
 public:
  struct Options {
    absl::Duration poll_interval = absl::Milliseconds(200);
    absl::Duration read_timeout = absl::Seconds(2);
  };
  RoleCache(Options options, Pool& pool);  // the pool must outlive it
  ~RoleCache() override;

  // Reads once, now. Call it before serving; the background goes on from there.
  absl::Status Refresh();

  std::vector<domain::Grant> GrantsOf(std::string_view subject) const;  // empty: none
  // By its id (empty: it has none), or because all tokens of the subject issued until some time are revoked. A token
  // without issue time counts as older than any revocation.
  bool IsTokenRevoked(std::string_view token_id, std::string_view subject, std::optional<absl::Time> issued_at) const;
  // Since what it holds was last known to equal the database; InfiniteDuration before the first time.
  absl::Duration Age() const;

  // What this process commits holds before its answer leaves; other processes see it at their next look.
  void OnCommitted(const Mutation& mutation) override;
  void OnNewerRow(const domain::Der&) override {}

 private:
  struct Snapshot {
    std::int64_t version = 0;
    absl::flat_hash_map<std::string, std::vector<domain::Grant>> grants;
    absl::flat_hash_map<std::string, absl::Time> revoked_tokens;    // by token id
    absl::flat_hash_map<std::string, absl::Time> revoked_subjects;  // issued until
  };
  std::shared_ptr<const Snapshot> snapshot() const;
  static void Load(Transaction& transaction, Snapshot& snapshot);

  const Options options_;
  Pool& pool_;
  mutable absl::Mutex mutex_;
  std::shared_ptr<const Snapshot> snapshot_ ABSL_GUARDED_BY(mutex_) = std::make_shared<Snapshot>();
  std::uint64_t own_changes_ ABSL_GUARDED_BY(mutex_) = 0;  // a look that began before one of these is not taken
  absl::Time known_at_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  absl::Mutex refresh_mutex_;  // one refresh at a time
  BackgroundLoop loop_;
};

}  // namespace derms::store
