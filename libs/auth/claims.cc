#include "libs/auth/claims.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "libs/auth/strict_json.h"
#include "libs/base/error.h"

namespace derms::auth {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxSubjectBytes = 255;
constexpr std::size_t kMaxTokenIdBytes = 255;
constexpr double kLastSecond = 253402300799;  // 9999-12-31T23:59:59Z: what every database and JSON form can hold

absl::Status BadClaim(std::string_view message) {
  return base::Unauthenticated("TOKEN_CLAIMS", message);
}

bool Contains(const std::vector<std::string>& list, const std::string& item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

// NumericDate of RFC 7519: seconds since 1970, possibly with a fraction. None when absent.
absl::StatusOr<std::optional<absl::Time>> FindTime(const json& claims, const char* name) {
  const auto found = claims.find(name);
  if (found == claims.end()) return std::optional<absl::Time>();
  if (!found->is_number()) return BadClaim("a time is no number");
  const double seconds = found->get<double>();
  if (!(seconds >= 0 && seconds <= kLastSecond)) return BadClaim("a time is out of range");
  return std::make_optional(absl::UnixEpoch() + absl::Seconds(seconds));
}

absl::Status CheckIssuer(const json& claims, const TokenRules& rules) {
  const std::string* issuer = FindText(claims, "iss");
  if (claims.contains("iss") && issuer == nullptr) return BadClaim("iss is no text");
  if (rules.issuers.empty() || (issuer != nullptr && Contains(rules.issuers, *issuer))) return absl::OkStatus();
  return base::Unauthenticated("TOKEN_ISSUER", "iss is none of the configured issuers");
}

// `aud` is one text or a list of texts; with one element that is no text the whole claim is void.
absl::Status CheckAudience(const json& claims, const TokenRules& rules) {
  const auto found = claims.find("aud");
  const auto refused = base::Unauthenticated("TOKEN_AUDIENCE", "aud does not name this system");
  if (found == claims.end()) return refused;
  const json list = found->is_array() ? *found : json::array({*found});
  const bool texts = std::all_of(list.begin(), list.end(), [](const json& item) { return item.is_string(); });
  if (!texts || std::find(list.begin(), list.end(), rules.audience) == list.end()) return refused;
  return absl::OkStatus();
}

}  // namespace

bool IsValidSubject(std::string_view subject) {
  return !subject.empty() && subject.size() <= kMaxSubjectBytes &&
         std::all_of(subject.begin(), subject.end(), [](char c) { return c > ' ' && c <= '~'; });
}

absl::StatusOr<TokenClaims> ParseClaims(std::string_view payload, const TokenRules& rules) {
  const absl::StatusOr<json> parsed = ParseStrictJsonObject(payload);
  if (!parsed.ok()) return BadClaim("the payload is no strict JSON object");
  RETURN_IF_ERROR(CheckIssuer(*parsed, rules));
  RETURN_IF_ERROR(CheckAudience(*parsed, rules));

  TokenClaims claims;
  const std::string* subject = FindText(*parsed, "sub");
  if (subject == nullptr || !IsValidSubject(*subject)) {
    return base::Unauthenticated("TOKEN_SUBJECT", "sub must be 1 to 255 visible ASCII characters");
  }
  claims.subject = *subject;
  if (parsed->contains("jti")) {
    const std::string* token_id = FindText(*parsed, "jti");
    if (token_id == nullptr || token_id->empty() || token_id->size() > kMaxTokenIdBytes) {
      return BadClaim("jti must be 1 to 255 bytes of text");
    }
    claims.token_id = *token_id;
  }
  ASSIGN_OR_RETURN(claims.issued_at, FindTime(*parsed, "iat"));
  ASSIGN_OR_RETURN(claims.not_before, FindTime(*parsed, "nbf"));
  ASSIGN_OR_RETURN(const std::optional<absl::Time> expires_at, FindTime(*parsed, "exp"));
  if (!expires_at) return BadClaim("exp is required");
  claims.expires_at = *expires_at;
  return claims;
}

absl::Status CheckTimes(const TokenClaims& claims, const TokenRules& rules, absl::Time now) {
  if (claims.expires_at <= now) return base::Unauthenticated("TOKEN_EXPIRED", "the token has expired");
  if (claims.not_before.value_or(now) > now + rules.leeway || claims.issued_at.value_or(now) > now + rules.leeway) {
    return base::Unauthenticated("TOKEN_NOT_YET_VALID", "nbf or iat lies in the future");
  }
  if (claims.expires_at - claims.issued_at.value_or(now) > rules.max_lifetime) {
    return base::Unauthenticated("TOKEN_LIFETIME", "the token lives longer than we accept");
  }
  return absl::OkStatus();
}

}  // namespace derms::auth
