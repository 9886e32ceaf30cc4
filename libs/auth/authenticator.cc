#include "libs/auth/authenticator.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "absl/strings/match.h"
#include "libs/base/error.h"

namespace derms::auth {
namespace {

constexpr char kAuthorization[] = "authorization";  // HTTP/2 names arrive in lower case
constexpr absl::string_view kScheme = "Bearer ";

// The token of the one authorization header; none without the header.
absl::StatusOr<std::optional<std::string_view>> FindBearerToken(const CallMetadata& metadata) {
  const auto [first, last] = metadata.equal_range(kAuthorization);
  if (first == last) return std::optional<std::string_view>();
  if (std::next(first) != last) return base::Unauthenticated("AUTHORIZATION_REPEATED", "authorization came twice");
  const absl::string_view value(first->second.data(), first->second.size());
  if (!absl::StartsWithIgnoreCase(value, kScheme)) {
    return base::Unauthenticated("AUTHORIZATION_SCHEME", "authorization is not of the scheme Bearer");
  }
  return std::make_optional<std::string_view>(value.data() + kScheme.size(), value.size() - kScheme.size());
}

// What the caller may read of a failed identification: nothing that tells one forgery from another.
absl::Status Opaque(const absl::Status& status) {
  if (status.code() != absl::StatusCode::kUnauthenticated) return status;
  if (base::ReasonOf(status) == "NO_CREDENTIALS") {
    return base::Unauthenticated("UNAUTHENTICATED",
                                 "no credentials; send 'authorization: Bearer TOKEN' or a client certificate");
  }
  return base::Unauthenticated("UNAUTHENTICATED", "invalid token");
}

}  // namespace

Authenticator::Authenticator(TokenVerifier& tokens, const RoleSource& roles, const base::Clock& clock)
    : tokens_(tokens), roles_(roles), clock_(clock) {}

Authenticator::Outcome Authenticator::Identify(const CallMetadata& metadata, const grpc::AuthContext& connection) {
  absl::StatusOr<domain::Caller> caller = Try(metadata, connection);
  if (caller.ok()) return {std::move(caller), ""};
  return {Opaque(caller.status()), base::ReasonOf(caller.status())};
}

absl::StatusOr<domain::Caller> Authenticator::Try(const CallMetadata& metadata, const grpc::AuthContext& connection) {
  ASSIGN_OR_RETURN(const std::optional<std::string_view> token, FindBearerToken(metadata));
  ASSIGN_OR_RETURN(const std::optional<PeerIdentity> peer, peers_.Identify(connection));
  if (!token && !peer) return base::Unauthenticated("NO_CREDENTIALS", "neither token nor client certificate");

  domain::Caller caller;
  if (token) {
    ASSIGN_OR_RETURN(TokenClaims claims, VerifyToken(*token));
    caller = {std::move(claims.subject), {}, claims.expires_at, domain::IdentityProof::kJwt};
  }
  if (peer) {
    if (token && caller.subject != peer->subject) {
      return base::Unauthenticated("SUBJECT_MISMATCH", "token and certificate name different subjects");
    }
    if (peer->expires_at <= clock_.Now()) {
      return base::Unauthenticated("CERTIFICATE_EXPIRED", "the client certificate has expired");
    }
    caller.subject = peer->subject;
    caller.expires_at = std::min(caller.expires_at, peer->expires_at);
    caller.proof = domain::IdentityProof::kMutualTls;
  }
  RETURN_IF_ERROR(AddGrants(caller));
  return caller;
}

absl::StatusOr<TokenClaims> Authenticator::VerifyToken(std::string_view token) {
  ASSIGN_OR_RETURN(TokenClaims claims, tokens_.Verify(token));
  if (roles_.IsTokenRevoked(claims.token_id, claims.subject, claims.issued_at)) {
    return base::Unauthenticated("TOKEN_REVOKED", "the token was revoked");
  }
  return claims;
}

absl::Status Authenticator::AddGrants(domain::Caller& caller) {
  if (roles_.Age() > kMaxRoleAge) {
    return base::Unavailable("ROLES_STALE", "roles could not be read for 30 s; retry when the database is back");
  }
  ASSIGN_OR_RETURN(caller.grants, roles_.GrantsOf(caller.subject));
  return absl::OkStatus();
}

}  // namespace derms::auth
