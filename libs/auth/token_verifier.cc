#include "libs/auth/token_verifier.h"

#include <optional>
#include <string>
#include <utility>

#include "libs/auth/jws.h"
#include "libs/base/error.h"
#include "libs/base/sha256.h"

namespace derms::auth {

TokenVerifier::TokenVerifier(TokenRules rules, KeySource& keys, const base::Clock& clock, std::size_t cache_entries)
    : rules_(std::move(rules)), keys_(keys), clock_(clock), cache_(cache_entries) {}

absl::StatusOr<TokenClaims> TokenVerifier::Verify(std::string_view token) {
  if (token.size() > kMaxTokenBytes) return base::Unauthenticated("TOKEN_TOO_LARGE", "the token exceeds 4 KiB");
  const std::shared_ptr<const KeySet> keys = keys_.Keys();
  const base::Sha256Digest digest = base::Sha256(token);
  if (std::optional<Entry> entry = cache_.Find(digest); entry && entry->keys == keys) {
    RETURN_IF_ERROR(CheckTimes(entry->claims, rules_, clock_.Now()));
    return std::move(entry->claims);
  }
  ASSIGN_OR_RETURN(TokenClaims claims, VerifyAnew(token, *keys));
  cache_.Put(digest, {keys, claims});
  return claims;
}

absl::StatusOr<TokenClaims> TokenVerifier::VerifyAnew(std::string_view token, const KeySet& keys) {
  absl::StatusOr<std::string> payload = VerifyJws(token, keys);
  if (!payload.ok()) {
    if (base::ReasonOf(payload.status()) == "TOKEN_KEY_UNKNOWN") keys_.NoteUnknownKey();
    return std::move(payload).status();
  }
  ASSIGN_OR_RETURN(TokenClaims claims, ParseClaims(*payload, rules_));
  RETURN_IF_ERROR(CheckTimes(claims, rules_, clock_.Now()));
  return claims;
}

}  // namespace derms::auth
