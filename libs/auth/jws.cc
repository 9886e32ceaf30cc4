#include "libs/auth/jws.h"

#include <array>
#include <optional>

#include "absl/strings/match.h"
#include "libs/auth/base64url.h"
#include "libs/auth/strict_json.h"
#include "libs/base/error.h"

namespace derms::auth {
namespace {

using nlohmann::json;

// Header members by which a token could bring or point to its own key, and the one that asks for extensions.
constexpr const char* kRefusedHeaders[] = {"crit", "jku", "jwk", "x5u", "x5c"};

struct Parts {
  std::string_view header;
  std::string_view payload;
  std::string_view signature;
  std::string_view signed_text;  // header.payload, as it stands in the token
};

std::optional<Parts> Split(std::string_view token) {
  const std::size_t first = token.find('.');
  if (first == std::string_view::npos) return std::nullopt;
  const std::size_t second = token.find('.', first + 1);
  if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos) return std::nullopt;
  return Parts{token.substr(0, first), token.substr(first + 1, second - first - 1), token.substr(second + 1),
               token.substr(0, second)};
}

bool IsTokenType(const json& header) {
  if (!header.contains("typ")) return true;
  const std::string* type = FindText(header, "typ");
  return type != nullptr && (absl::EqualsIgnoreCase(*type, "JWT") || absl::EqualsIgnoreCase(*type, "at+jwt"));
}

// The key that the header names, if the header is one we accept.
absl::StatusOr<const PublicKey*> SelectKey(const json& header, const KeySet& keys) {
  for (const char* name : kRefusedHeaders) {
    if (header.contains(name)) return base::Unauthenticated("TOKEN_HEADER", "the header has a member we refuse");
  }
  if (!IsTokenType(header)) return base::Unauthenticated("TOKEN_TYPE", "typ is neither JWT nor at+jwt");
  const std::string* key_id = FindText(header, "kid");
  if (key_id == nullptr) return base::Unauthenticated("TOKEN_HEADER", "the header has no kid");
  const PublicKey* key = keys.Find(*key_id);
  if (key == nullptr) return base::Unauthenticated("TOKEN_KEY_UNKNOWN", "no key has this kid");
  const std::string* algorithm = FindText(header, "alg");
  if (algorithm == nullptr || *algorithm != AlgorithmName(key->algorithm())) {
    return base::Unauthenticated("TOKEN_ALGORITHM", "alg is not the algorithm of the key");
  }
  return key;
}

}  // namespace

absl::StatusOr<std::string> VerifyJws(std::string_view token, const KeySet& keys) {
  if (token.size() > kMaxTokenBytes) return base::Unauthenticated("TOKEN_TOO_LARGE", "the token exceeds 4 KiB");
  const std::optional<Parts> parts = Split(token);
  if (!parts) return base::Unauthenticated("TOKEN_MALFORMED", "a token has three parts");
  const std::optional<std::string> header_text = DecodeBase64Url(parts->header);
  std::optional<std::string> payload = DecodeBase64Url(parts->payload);
  const std::optional<std::string> signature = DecodeBase64Url(parts->signature);
  if (!header_text || !payload || !signature) {
    return base::Unauthenticated("TOKEN_MALFORMED", "a part is no canonical base64url");
  }
  const absl::StatusOr<json> header = ParseStrictJsonObject(*header_text);
  if (!header.ok()) return base::Unauthenticated("TOKEN_MALFORMED", "the header is no strict JSON object");
  ASSIGN_OR_RETURN(const PublicKey* key, SelectKey(*header, keys));
  if (!key->Verifies(parts->signed_text, *signature)) {
    return base::Unauthenticated("TOKEN_SIGNATURE", "the signature does not verify");
  }
  return *std::move(payload);
}

}  // namespace derms::auth
