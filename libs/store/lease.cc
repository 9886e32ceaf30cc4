#include "libs/store/lease.h"

#include "libs/base/error.h"

namespace derms::store {

// One statement, so that of two who come at once one waits for the other's row and then sees it. The row is never
// removed: its token must not begin anew.
absl::StatusOr<std::optional<std::int64_t>> PgLeases::Acquire(const std::string& name, const std::string& holder,
                                                              absl::Duration ttl, absl::Time deadline) {
  static constexpr Statement kAcquire{
      "lease_acquire",
      "INSERT INTO lease AS l (name, holder, token, expires_at) "
      "VALUES ($1, $2, 1, clock_timestamp() + $3 * interval '1 microsecond') "
      "ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at, "
      "token = l.token + CASE WHEN l.holder = excluded.holder AND l.expires_at > clock_timestamp() THEN 0 ELSE 1 END "
      "WHERE l.holder = excluded.holder OR l.expires_at <= clock_timestamp() RETURNING token"};
  std::optional<std::int64_t> token;
  const absl::Status status = pool_.Run(Transaction::Kind::kReadWrite, deadline, [&](Transaction& transaction) {
    const auto params = Params().Add(name).Add(holder).Add(absl::ToInt64Microseconds(ttl));
    const Rows rows = transaction.Run(kAcquire, params);
    token = rows.empty() ? std::nullopt : std::optional(rows.Int(0, 0));
  });
  if (!status.ok()) return status;
  return token;
}

absl::Status PgLeases::Release(const std::string& name, std::int64_t token, absl::Time deadline) {
  static constexpr Statement kRelease{
      "lease_release",
      "UPDATE lease SET expires_at = least(expires_at, clock_timestamp()) WHERE name = $1 AND token = $2"};
  return pool_.Run(Transaction::Kind::kReadWrite, deadline,
                   [&](Transaction& transaction) { transaction.Run(kRelease, Params().Add(name).Add(token)); });
}

bool Holds(Transaction& transaction, const Fence& fence) {
  static constexpr Statement kHolds{"lease_holds", "SELECT 1 FROM lease WHERE name = $1 AND token = $2 FOR SHARE"};
  return !transaction.Run(kHolds, Params().Add(fence.lease_name).Add(fence.token)).empty();
}

absl::Status LeaseLost() {
  return base::Aborted("LEASE_LOST", "another process leads by now; nothing was written");
}

}  // namespace derms::store
