// What a signed token says (RFC 7519), reduced to who the caller is and when the token holds. Roles inside a token
// are never read: they live in the database (libs/auth/role_source.h).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace derms::auth {

struct TokenRules {
  std::vector<std::string> issuers;                    // accepted `iss`; empty: any or none
  std::string audience = "derms";                      // must be among `aud`
  absl::Duration leeway = absl::Seconds(60);           // for nbf and iat: clocks of issuers drift
  absl::Duration max_lifetime = absl::Hours(31 * 24);  // development tokens live 30 days
};

struct TokenClaims {
  std::string subject;   // 1 to 255 visible ASCII characters
  std::string token_id;  // `jti`; empty when absent
  std::optional<absl::Time> issued_at;
  std::optional<absl::Time> not_before;
  absl::Time expires_at;
};

// Whether `subject` is 1 to 255 visible ASCII characters: safe in logs, in SQL parameters and on terminals.
bool IsValidSubject(std::string_view subject);

// Reads a verified payload. UNAUTHENTICATED with a precise reason for metrics and logs: TOKEN_CLAIMS,
// TOKEN_SUBJECT, TOKEN_ISSUER, TOKEN_AUDIENCE.
absl::StatusOr<TokenClaims> ParseClaims(std::string_view payload, const TokenRules& rules);

// UNAUTHENTICATED reason TOKEN_EXPIRED, TOKEN_NOT_YET_VALID or TOKEN_LIFETIME. `exp` has no leeway. A token without
// `iat` counts as issued now.
absl::Status CheckTimes(const TokenClaims& claims, const TokenRules& rules, absl::Time now);

}  // namespace derms::auth
