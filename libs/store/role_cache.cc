#include "libs/store/role_cache.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "absl/time/clock.h"

namespace derms::store {
namespace {

constexpr absl::Duration kQueryTimeout = absl::Seconds(2);

std::int64_t VersionIn(Transaction& transaction) {
  static constexpr Statement kVersion{"role_version", "SELECT version FROM role_version"};
  return transaction.Run(kVersion, Params()).Int(0, 0);
}

}  // namespace

RoleCache::RoleCache(Pool& pool, absl::Duration refresh_every)
    : pool_(pool), snapshot_(std::make_shared<const Snapshot>()) {
  Refresh();
  loop_ = std::make_unique<BackgroundLoop>([this, refresh_every] {
    Refresh();
    return refresh_every;
  });
}

RoleCache::Snapshot RoleCache::Load(Transaction& transaction) {
  static constexpr Statement kGrants{
      "role_grants",
      "SELECT subject, role, to_json(region_ids)::text, (extract(epoch FROM granted_at) * 1000000)::bigint, granted_by "
      "FROM role_grant ORDER BY subject, role"};
  static constexpr Statement kRevocations{
      "token_revocations",
      "SELECT token_id, subject, (extract(epoch FROM revoked_at) * 1000000)::bigint FROM token_revocation"};
  Snapshot snapshot;
  snapshot.version = VersionIn(transaction);
  const Rows grants = transaction.Run(kGrants, Params());
  for (std::size_t i = 0; i < grants.size(); ++i) {
    snapshot.grants[grants.Text(i, 0)].push_back(
        {static_cast<domain::Role>(grants.Small(i, 1)),
         nlohmann::json::parse(grants.View(i, 2)).get<std::vector<std::string>>(), grants.Micros(i, 3),
         grants.Text(i, 4)});
  }
  const Rows revocations = transaction.Run(kRevocations, Params());
  for (std::size_t i = 0; i < revocations.size(); ++i) {
    const bool by_id = !revocations.View(i, 0).empty();
    (by_id ? snapshot.revoked_tokens : snapshot.revoked_subjects)[revocations.Text(i, by_id ? 0 : 1)] =
        revocations.Micros(i, 2);
  }
  return snapshot;
}

void RoleCache::Refresh() {
  absl::MutexLock one_at_a_time(&refreshing_);
  // Asked before the query: what is read then is at least as new.
  const absl::Time asked_at = absl::Now();
  std::shared_ptr<const Snapshot> current;
  {
    absl::MutexLock lock(&mutex_);
    current = snapshot_;
  }
  std::shared_ptr<const Snapshot> loaded = current;
  const absl::Status status =
      pool_.Run(Transaction::Kind::kSnapshot, asked_at + kQueryTimeout, [&](Transaction& transaction) {
        loaded =
            VersionIn(transaction) == current->version ? current : std::make_shared<const Snapshot>(Load(transaction));
      });
  if (!status.ok()) return;  // the age grows, and the gate closes when it is too old
  absl::MutexLock lock(&mutex_);
  snapshot_ = std::move(loaded);
  fresh_at_ = asked_at;
}

std::vector<domain::Grant> RoleCache::GrantsOf(std::string_view subject) const {
  absl::MutexLock lock(&mutex_);
  const auto found = snapshot_->grants.find(subject);
  return found == snapshot_->grants.end() ? std::vector<domain::Grant>() : found->second;
}

bool RoleCache::IsRevoked(std::string_view token_id, std::string_view subject,
                          std::optional<absl::Time> issued_at) const {
  absl::MutexLock lock(&mutex_);
  if (!token_id.empty() && snapshot_->revoked_tokens.contains(token_id)) return true;
  const auto found = snapshot_->revoked_subjects.find(subject);
  return found != snapshot_->revoked_subjects.end() && (!issued_at || *issued_at <= found->second);
}

absl::Duration RoleCache::Age() const {
  absl::MutexLock lock(&mutex_);
  return absl::Now() - fresh_at_;
}

}  // namespace derms::store
