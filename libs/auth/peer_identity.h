// Who a verified client certificate says is calling.
//
// The identity is the one URI spiffe://derms/principal/NAME among the certificate's subject alternative names; NAME
// becomes the subject, like `sub` of a token. The common name is never read: it has no type, certificate authorities
// fill it freely, and RFC 6125 retired it. A certificate without such a URI (an edge proxy's) identifies no caller.
#pragma once

#include <grpcpp/security/auth_context.h>

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/auth/digest_cache.h"

namespace derms::auth {

struct PeerIdentity {
  std::string subject;
  absl::Time expires_at;  // notAfter: TLS checks it at the handshake only, a connection may outlive it
};

// The subject among the URIs of a certificate; none when no URI names a principal. UNAUTHENTICATED reason
// CERTIFICATE_IDENTITY when several do, or when NAME is no valid subject.
absl::StatusOr<std::optional<std::string>> SubjectOfUris(const std::vector<std::string>& uris);

// Thread-safe, never blocks. Parses each certificate once.
class PeerIdentifier {
 public:
  PeerIdentifier();
  // None for a connection without client certificate, or one that names no principal. The port must verify client
  // certificates (GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_AND_VERIFY or stricter): what is unverified looks the same here.
  absl::StatusOr<std::optional<PeerIdentity>> Identify(const grpc::AuthContext& context);

 private:
  DigestCache<std::optional<PeerIdentity>> cache_;
};

}  // namespace derms::auth
