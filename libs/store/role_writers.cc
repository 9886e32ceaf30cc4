#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/store/row_writers.h"

namespace derms::store {
namespace {

constexpr Statement kPutGrant{
    "grant_put",
    "INSERT INTO role_grant (subject, role, region_ids, granted_at, granted_by) "
    "VALUES ($1, $2, $3::text[], $4, $5) ON CONFLICT (subject, role) DO UPDATE SET region_ids = excluded.region_ids, "
    "granted_at = excluded.granted_at, granted_by = excluded.granted_by"};

// Every change of rights waits here, so that what it decides on cannot change under it.
void LockRoles(Transaction& transaction) {
  transaction.Execute("SELECT version FROM role_version FOR UPDATE");
}

void Put(Transaction& transaction, const std::string& subject, const domain::Grant& grant) {
  transaction.Run(kPutGrant, Params()
                                 .Add(subject)
                                 .Add(static_cast<int>(grant.role))
                                 .AddArray(TextArray(grant.region_ids))
                                 .Add(grant.granted_at)
                                 .Add(grant.granted_by));
}

void WriteGrantDelete(Transaction& transaction, const Write<GrantDelete>& write) {
  static constexpr Statement kCount{"grant_count",
                                    "SELECT count(*) FILTER (WHERE subject = $1), count(*) FROM role_grant "
                                    "WHERE role = $2"};
  static constexpr Statement kDelete{"grant_delete", "DELETE FROM role_grant WHERE subject = $1 AND role = $2"};
  LockRoles(transaction);
  const GrantDelete& row = *write.row;
  const auto params = Params().Add(row.subject).Add(static_cast<int>(row.role));
  const Rows counts = transaction.Run(kCount, params);
  if (counts.Int(0, 0) == 0) {
    write.item->status =
        base::NotFound("GRANT_NOT_FOUND", absl::StrCat(row.subject, " does not have the role ",
                                                       std::string(domain::RoleName(row.role)), "; nothing to revoke"));
    return;
  }
  if (row.role == domain::Role::kAdmin && counts.Int(0, 1) == 1) {
    write.item->status = base::FailedPrecondition(
        "LAST_ADMIN", absl::StrCat(row.subject, " is the last admin; grant the role to somebody else first"));
    return;
  }
  transaction.Run(kDelete, params);
  write.item->wrote = true;
}

void WriteFirstAdmin(Transaction& transaction, const Write<FirstAdmin>& write) {
  static constexpr Statement kInitialize{
      "initialize", "INSERT INTO installation (initialized_by, initialized_at) VALUES ($1, $2) ON CONFLICT DO NOTHING"};
  const FirstAdmin& row = *write.row;
  LockRoles(transaction);
  if (transaction.Run(kInitialize, Params().Add(row.subject).Add(row.granted_at)).affected() == 0) {
    write.item->status = base::FailedPrecondition(
        "ALREADY_INITIALIZED", "this installation has an admin already; ask an admin to grant you a role");
    return;
  }
  domain::Grant grant;
  grant.role = domain::Role::kAdmin;
  grant.granted_at = row.granted_at;
  grant.granted_by = row.subject;
  Put(transaction, row.subject, grant);
  write.item->wrote = true;
}

void WriteRevocation(Transaction& transaction, const Write<TokenRevocation>& write) {
  static constexpr Statement kRevoke{
      "token_revoke",
      "INSERT INTO token_revocation AS t (token_id, subject, revoked_at) VALUES ($1, $2, $3) "
      "ON CONFLICT (token_id, subject) DO UPDATE SET revoked_at = greatest(t.revoked_at, excluded.revoked_at)"};
  transaction.Run(kRevoke, Params().Add(write.row->token_id).Add(write.row->subject).Add(write.row->revoked_at));
  write.item->wrote = true;
}

}  // namespace

void WriteRoles(Transaction& transaction, Batch& batch) {
  for (const auto& write : batch.Collect<FirstAdmin>()) WriteFirstAdmin(transaction, write);
  for (const auto& write : batch.Collect<GrantPut>()) {
    LockRoles(transaction);
    Put(transaction, write.row->subject, write.row->grant);
    write.item->wrote = true;
  }
  for (const auto& write : batch.Collect<GrantDelete>()) WriteGrantDelete(transaction, write);
  for (const auto& write : batch.Collect<TokenRevocation>()) WriteRevocation(transaction, write);
}

}  // namespace derms::store
