// From the text of a bearer token to claims that hold now.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "absl/status/statusor.h"
#include "libs/auth/claims.h"
#include "libs/auth/digest_cache.h"
#include "libs/auth/jwks.h"
#include "libs/base/clock.h"

namespace derms::auth {

inline constexpr std::size_t kTokenCacheEntries = 10'000;  // about 5 MB

// Thread-safe, never blocks. A signature is checked once per token and key set; a repeat is a look-up by the token's
// SHA-256, and its times are checked every time. New keys make every cached entry void.
class TokenVerifier {
 public:
  // `keys` and `clock` must outlive the verifier.
  TokenVerifier(TokenRules rules, KeySource& keys, const base::Clock& clock,
                std::size_t cache_entries = kTokenCacheEntries);

  // UNAUTHENTICATED with a precise reason (jws.h, claims.h) that must not reach the caller.
  absl::StatusOr<TokenClaims> Verify(std::string_view token);
  std::size_t cached() const { return cache_.size(); }

 private:
  struct Entry {
    std::shared_ptr<const KeySet> keys;  // that verified it: an entry of another set counts as absent
    TokenClaims claims;
  };
  absl::StatusOr<TokenClaims> VerifyAnew(std::string_view token, const KeySet& keys);

  const TokenRules rules_;
  KeySource& keys_;
  const base::Clock& clock_;
  DigestCache<Entry> cache_;
};

}  // namespace derms::auth
