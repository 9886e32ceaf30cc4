#include "services/registry/access_handlers.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/wire/convert_records.h"
#include "libs/wire/convert_time.h"
#include "libs/wire/page_token.h"
#include "services/registry/der_lookup.h"
#include "services/registry/event_draft.h"

namespace derms::registry {
namespace {

using domain::Grant;
using domain::Role;

std::vector<Grant> Without(std::vector<Grant> grants, Role role) {
  std::erase_if(grants, [role](const Grant& grant) { return grant.role == role; });
  return grants;
}

absl::StatusOr<Grant> GrantOf(const v1::GrantRoleRequest& request, server::Call& call,
                              const domain::RegionTree& regions) {
  const Grant grant = wire::FromProto(request, call.caller().subject, call.now());
  if (!grant.region_ids.empty() && grant.role != Role::kOperator) {
    return base::InvalidArgument("REGIONS_ONLY_FOR_OPERATORS", "only operators can be limited to regions")
        .Field("region_ids", "must be empty for every role but ROLE_OPERATOR");
  }
  for (int i = 0; i < request.region_ids_size(); ++i) {
    RETURN_IF_ERROR(CheckRegionKnown(call, regions, request.region_ids(i), absl::StrCat("region_ids[", i, "]")));
  }
  return grant;
}

// The sentence is for admins only (event_view.h), so it may name the subject.
domain::Event AccessEvent(const server::Call& call, base::IdSource& ids, domain::EventType type,
                          const std::string& subject, std::string summary) {
  domain::Event event = DraftEvent(call, ids, type, std::move(summary));
  event.resource_id = subject;
  return event;
}

}  // namespace

// Digests have one length and are compared in constant time: the answer's delay tells nothing about the secret.
bool AccessHandlers::IsBootstrapSecret(std::string_view secret) const {
  if (!bootstrap_digest_) return false;
  const base::Sha256Digest digest = base::Sha256(secret);
  return CRYPTO_memcmp(digest.data(), bootstrap_digest_->data(), digest.size()) == 0;
}

absl::StatusOr<server::Plan<v1::InitializeResponse>> AccessHandlers::Initialize(
    server::Call& call, const v1::InitializeRequest& request) const {
  if (!IsBootstrapSecret(request.bootstrap_secret())) {
    return base::PermissionDenied("WRONG_BOOTSTRAP_SECRET",
                                  "this is not the secret that the installation made; derms-admin can make a new one");
  }
  const std::string& subject = call.caller().subject;
  const Grant grant{.role = Role::kAdmin, .region_ids = {}, .granted_at = call.now(), .granted_by = subject};
  std::vector<Grant> grants = Without(call.caller().grants, Role::kAdmin);
  grants.push_back(grant);
  server::Plan<v1::InitializeResponse> plan;
  *plan.response.mutable_principal() = wire::ToProto(subject, grants);
  plan.mutation.events.push_back(AccessEvent(call, ids_, domain::EventType::kRoleGranted, subject,
                                             absl::StrCat(subject, " became the first admin.")));
  plan.mutation.writes.push_back(store::FirstAdmin(domain::RoleAccess::System(), subject, call.now()));
  return plan;
}

absl::StatusOr<v1::WhoAmIResponse> AccessHandlers::WhoAmI(server::Call& call, const v1::WhoAmIRequest&) const {
  const domain::Caller& caller = call.caller();
  v1::WhoAmIResponse response;
  *response.mutable_principal() = wire::ToProto(caller.subject, caller.grants);
  if (caller.expires_at != absl::InfiniteFuture()) *response.mutable_expires_at() = wire::ToProto(caller.expires_at);
  response.set_proof(caller.proof == domain::IdentityProof::kMutualTls ? "mtls" : "jwt");
  return response;
}

absl::StatusOr<server::Plan<v1::GrantRoleResponse>> AccessHandlers::GrantRole(
    server::Call& call, const v1::GrantRoleRequest& request) const {
  ASSIGN_OR_RETURN(const domain::RoleAccess access, call.RequireRole({Role::kAdmin}));
  ASSIGN_OR_RETURN(const Grant grant, GrantOf(request, call, *fleet_.Regions()));
  ASSIGN_OR_RETURN(std::vector<Grant> grants, roles_.GrantsOf(request.subject()));

  server::Plan<v1::GrantRoleResponse> plan;
  const bool held = std::any_of(grants.begin(), grants.end(), [&](const Grant& other) {
    return other.role == grant.role && other.region_ids == grant.region_ids;
  });
  if (held) {
    call.DoubtMemory();  // it may have been revoked elsewhere a moment ago
    *plan.response.mutable_principal() = wire::ToProto(request.subject(), grants);
    return plan;
  }
  grants = Without(std::move(grants), grant.role);
  grants.push_back(grant);
  *plan.response.mutable_principal() = wire::ToProto(request.subject(), grants);
  plan.mutation.events.push_back(
      AccessEvent(call, ids_, domain::EventType::kRoleGranted, request.subject(),
                  absl::StrCat(request.subject(), " was granted the role ", std::string(RoleName(grant.role)), ".")));
  plan.mutation.writes.push_back(store::GrantPut(access, request.subject(), grant));
  return plan;
}

absl::StatusOr<server::Plan<v1::RevokeRoleResponse>> AccessHandlers::RevokeRole(
    server::Call& call, const v1::RevokeRoleRequest& request) const {
  ASSIGN_OR_RETURN(const domain::RoleAccess access, call.RequireRole({Role::kAdmin}));
  const Role role = wire::FromProto(request.role());
  ASSIGN_OR_RETURN(std::vector<Grant> grants, roles_.GrantsOf(request.subject()));
  server::Plan<v1::RevokeRoleResponse> plan;
  *plan.response.mutable_principal() = wire::ToProto(request.subject(), Without(std::move(grants), role));
  plan.mutation.events.push_back(
      AccessEvent(call, ids_, domain::EventType::kRoleRevoked, request.subject(),
                  absl::StrCat(request.subject(), " lost the role ", std::string(RoleName(role)), ".")));
  plan.mutation.writes.push_back(store::GrantDelete(access, request.subject(), role));
  return plan;
}

absl::StatusOr<v1::ListPrincipalsResponse> AccessHandlers::ListPrincipals(
    server::Call& call, const v1::ListPrincipalsRequest& request) const {
  ASSIGN_OR_RETURN(const std::vector<std::string> keys, wire::ReadPageToken(request, 1));
  const std::size_t page_size = wire::PageSize(request.page_size());
  // One more than asked for tells whether there is a next page.
  ASSIGN_OR_RETURN(auto rows, queries_.ListPrincipals(keys.empty() ? "" : keys[0], page_size + 1, call.deadline()));
  v1::ListPrincipalsResponse response;
  if (rows.size() > page_size) {
    rows.resize(page_size);
    response.set_next_page_token(wire::MakePageToken(request, {rows.back().subject}));
  }
  for (const store::PrincipalRow& row : rows) *response.add_principals() = wire::ToProto(row.subject, row.grants);
  return response;
}

absl::StatusOr<server::Plan<v1::RevokeTokenResponse>> AccessHandlers::RevokeToken(
    server::Call& call, const v1::RevokeTokenRequest& request) const {
  ASSIGN_OR_RETURN(const domain::RoleAccess access, call.RequireRole({Role::kAdmin}));
  if (request.token_id().empty() == request.subject().empty()) {
    return base::InvalidArgument("TOKEN_OR_SUBJECT", "give token_id for one token or subject for all of a subject")
        .Field("token_id", "exactly one of token_id and subject must be given");
  }
  const bool one = !request.token_id().empty();
  server::Plan<v1::RevokeTokenResponse> plan;
  *plan.response.mutable_revoked_at() = wire::ToProto(call.now());
  plan.mutation.events.push_back(
      AccessEvent(call, ids_, domain::EventType::kTokenRevoked, one ? request.token_id() : request.subject(),
                  one ? "A token was revoked." : absl::StrCat("All tokens of ", request.subject(), " were revoked.")));
  plan.mutation.writes.push_back(store::TokenRevocation(access, request.token_id(), request.subject(), call.now()));
  return plan;
}

}  // namespace derms::registry
