// From what a call brings -- metadata and connection -- to a caller with the roles it holds now.
#pragma once

#include <grpcpp/security/auth_context.h>
#include <grpcpp/support/string_ref.h>

#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "libs/auth/peer_identity.h"
#include "libs/auth/role_source.h"
#include "libs/auth/token_verifier.h"
#include "libs/base/clock.h"
#include "libs/domain/access.h"

namespace derms::auth {

using CallMetadata = std::multimap<grpc::string_ref, grpc::string_ref>;  // as gRPC hands it out

// Accepts `authorization: Bearer TOKEN` (the scheme in any case, RFC 9110 section 11.1), a client certificate, or
// both when they name the same subject. The header given twice is refused, and so is a bad token beside a good
// certificate. Thread-safe, never blocks, cheap to ask twice: the gate asks, then the scope of the handler asks again,
// because gRPC keeps an identity per connection and not per call.
class Authenticator {
 public:
  // All must outlive the authenticator.
  Authenticator(TokenVerifier& tokens, const RoleSource& roles, const base::Clock& clock);

  struct Outcome {
    // Errors carry one message for every bad credential: UNAUTHENTICATED (reason UNAUTHENTICATED), or UNAVAILABLE
    // (reason ROLES_STALE) when roles older than 30 s would have to be believed.
    absl::StatusOr<domain::Caller> caller;
    std::string refusal;  // precise reason, for metrics and logs only; empty on success
  };
  Outcome Identify(const CallMetadata& metadata, const grpc::AuthContext& connection);
  absl::StatusOr<domain::Caller> Authenticate(const CallMetadata& metadata, const grpc::AuthContext& connection) {
    return Identify(metadata, connection).caller;
  }

 private:
  absl::StatusOr<domain::Caller> Try(const CallMetadata& metadata, const grpc::AuthContext& connection);
  absl::StatusOr<TokenClaims> VerifyToken(std::string_view token);
  absl::Status AddGrants(domain::Caller& caller);

  TokenVerifier& tokens_;
  const RoleSource& roles_;
  const base::Clock& clock_;
  PeerIdentifier peers_;
};

}  // namespace derms::auth
