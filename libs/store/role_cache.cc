#include "libs/store/role_cache.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "absl/time/clock.h"
#include "libs/store/grant_row.h"

namespace derms::store {
namespace {

constexpr Statement kVersion{"role_version", "SELECT version FROM role_version"};

std::int64_t ReadVersion(Transaction& transaction) {
  return transaction.Run(kVersion, Params()).Int(0, 0);
}

bool IsRoleWrite(const RowWrite& write) {
  return std::holds_alternative<GrantPut>(write) || std::holds_alternative<GrantDelete>(write) ||
         std::holds_alternative<FirstAdmin>(write) || std::holds_alternative<TokenRevocation>(write);
}

// One grant per role, as in the table.
void SetGrant(std::vector<domain::Grant>& grants, const domain::Grant& grant) {
  std::erase_if(grants, [&](const domain::Grant& known) { return known.role == grant.role; });
  grants.push_back(grant);
}

}  // namespace

RoleCache::RoleCache(Options options, Pool& pool)
    : options_(options), pool_(pool), loop_([this] {
        Refresh().IgnoreError();  // Age() tells
        return options_.poll_interval;
      }) {}

RoleCache::~RoleCache() {
  loop_.Stop();
}

void RoleCache::Load(Transaction& transaction, Snapshot& snapshot) {
  static constexpr Statement kGrants{"role_grants", "SELECT " DERMS_GRANT_COLUMNS " FROM role_grant g"};
  static constexpr Statement kRevocations{
      "role_revocations",
      "SELECT token_id, subject, (extract(epoch FROM revoked_at) * 1000000)::bigint FROM token_revocation"};
  snapshot.version = ReadVersion(transaction);
  const Rows grants = transaction.Run(kGrants, Params());
  for (std::size_t row = 0; row < grants.size(); ++row) {
    SubjectGrant found = GrantOf(grants, row);
    snapshot.grants[found.subject].push_back(std::move(found.grant));
  }
  const Rows revocations = transaction.Run(kRevocations, Params());
  for (std::size_t row = 0; row < revocations.size(); ++row) {
    const std::string token_id = revocations.Text(row, 0);
    auto& revoked =
        token_id.empty() ? snapshot.revoked_subjects[revocations.Text(row, 1)] : snapshot.revoked_tokens[token_id];
    revoked = revocations.Micros(row, 2);
  }
}

absl::Status RoleCache::Refresh() {
  const absl::MutexLock one(&refresh_mutex_);
  const absl::Time asked_at = absl::Now();
  const absl::Time deadline = asked_at + options_.read_timeout;
  std::uint64_t own_changes = 0;
  {
    const absl::MutexLock lock(&mutex_);
    own_changes = own_changes_;
  }
  std::int64_t version = 0;
  absl::Status status = pool_.Read(deadline, [&](Transaction& transaction) { version = ReadVersion(transaction); });
  if (!status.ok()) return status;
  auto next = snapshot();
  if (version != next->version) {
    // One snapshot for version and contents: never new contents under an old version or the other way round.
    auto loaded = std::make_shared<Snapshot>();
    status = pool_.Run(Transaction::Kind::kSnapshot, deadline, [&](Transaction& transaction) {
      *loaded = Snapshot();
      Load(transaction, *loaded);
    });
    if (!status.ok()) return status;
    next = std::move(loaded);
  }
  const absl::MutexLock lock(&mutex_);
  if (own_changes != own_changes_) return absl::OkStatus();  // may be older than what was committed meanwhile
  snapshot_ = std::move(next);
  known_at_ = asked_at;
  return absl::OkStatus();
}

void RoleCache::OnCommitted(const Mutation& mutation) {
  const bool changes_roles = std::any_of(mutation.writes.begin(), mutation.writes.end(), IsRoleWrite);
  if (!changes_roles) return;
  const absl::MutexLock lock(&mutex_);
  auto changed = std::make_shared<Snapshot>(*snapshot_);
  for (const RowWrite& write : mutation.writes) {
    if (const auto* put = std::get_if<GrantPut>(&write)) SetGrant(changed->grants[put->subject], put->grant);
    if (const auto* first = std::get_if<FirstAdmin>(&write)) {
      SetGrant(changed->grants[first->subject], {domain::Role::kAdmin, {}, first->granted_at, first->subject});
    }
    if (const auto* gone = std::get_if<GrantDelete>(&write)) {
      std::erase_if(changed->grants[gone->subject], [&](const domain::Grant& g) { return g.role == gone->role; });
    }
    if (const auto* revoked = std::get_if<TokenRevocation>(&write)) {
      const bool by_id = !revoked->token_id.empty();
      (by_id ? changed->revoked_tokens[revoked->token_id] : changed->revoked_subjects[revoked->subject]) =
          revoked->revoked_at;
    }
  }
  snapshot_ = std::move(changed);
  ++own_changes_;
}

std::shared_ptr<const RoleCache::Snapshot> RoleCache::snapshot() const {
  const absl::MutexLock lock(&mutex_);
  return snapshot_;
}

std::vector<domain::Grant> RoleCache::GrantsOf(std::string_view subject) const {
  const auto current = snapshot();
  const auto found = current->grants.find(std::string(subject));
  return found == current->grants.end() ? std::vector<domain::Grant>() : found->second;
}

bool RoleCache::IsTokenRevoked(std::string_view token_id, std::string_view subject,
                               std::optional<absl::Time> issued_at) const {
  const auto current = snapshot();
  if (!token_id.empty() && current->revoked_tokens.contains(std::string(token_id))) return true;
  const auto found = current->revoked_subjects.find(std::string(subject));
  return found != current->revoked_subjects.end() && issued_at.value_or(absl::InfinitePast()) <= found->second;
}

absl::Duration RoleCache::Age() const {
  const absl::MutexLock lock(&mutex_);
  return absl::Now() - known_at_;
}

}  // namespace derms::store
