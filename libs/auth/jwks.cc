#include "libs/auth/jwks.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/auth/base64url.h"
#include "libs/auth/strict_json.h"
#include "libs/base/error.h"

namespace derms::auth {
namespace {

using nlohmann::json;

absl::Status InvalidJwks(std::string_view message) {
  return base::InvalidArgument("INVALID_JWKS", message);
}

bool TextIs(const json& key, const char* name, std::string_view expected) {
  const std::string* text = FindText(key, name);
  return text != nullptr && *text == expected;
}

// The algorithm that kty and crv ask for; none when the key is of a kind that we do not use.
std::optional<Algorithm> AlgorithmOf(const json& key) {
  if (TextIs(key, "kty", "EC") && TextIs(key, "crv", "P-256")) return Algorithm::kEs256;
  if (TextIs(key, "kty", "RSA")) return Algorithm::kRs256;
  if (TextIs(key, "kty", "OKP") && TextIs(key, "crv", "Ed25519")) return Algorithm::kEdDsa;
  return std::nullopt;
}

bool IsForSigning(const json& key, Algorithm algorithm) {
  if (key.contains("use") && !TextIs(key, "use", "sig")) return false;
  if (key.contains("alg") && !TextIs(key, "alg", AlgorithmName(algorithm))) return false;
  if (!key.contains("key_ops")) return true;
  const json& operations = key["key_ops"];
  return operations.is_array() && std::find(operations.begin(), operations.end(), "verify") != operations.end();
}

// `d` is the private half, `k` a shared secret: neither belongs in a file of public keys.
bool HoldsSecret(const json& key) {
  return key.contains("d") || key.contains("k");
}

absl::StatusOr<std::string> Bytes(const json& key, const char* name) {
  const std::string* text = FindText(key, name);
  std::optional<std::string> bytes = text ? DecodeBase64Url(*text) : std::nullopt;
  if (!bytes) return InvalidJwks(absl::StrCat("member '", name, "' of a key must be unpadded base64url"));
  return *std::move(bytes);
}

absl::StatusOr<PublicKey> ParseKey(const json& key, Algorithm algorithm) {
  if (algorithm == Algorithm::kRs256) {
    ASSIGN_OR_RETURN(const std::string modulus, Bytes(key, "n"));
    ASSIGN_OR_RETURN(const std::string exponent, Bytes(key, "e"));
    return PublicKey::Rsa(modulus, exponent);
  }
  ASSIGN_OR_RETURN(const std::string x, Bytes(key, "x"));
  if (algorithm == Algorithm::kEdDsa) return PublicKey::Ed25519(x);
  ASSIGN_OR_RETURN(const std::string y, Bytes(key, "y"));
  return PublicKey::P256(x, y);
}

}  // namespace

absl::StatusOr<KeySet> KeySet::Parse(std::string_view text) {
  if (text.size() > kMaxJwksBytes) return InvalidJwks("the key set is larger than 1 MiB");
  ASSIGN_OR_RETURN(const json document, ParseStrictJsonObject(text));
  const auto list = document.find("keys");
  if (list == document.end() || !list->is_array()) return InvalidJwks("the key set has no list 'keys'");
  if (list->size() > kMaxJwksKeys) return InvalidJwks("the key set has more than 100 keys");

  KeySet set;
  for (const json& key : *list) {
    if (!key.is_object()) return InvalidJwks("a member of 'keys' is no object");
    if (HoldsSecret(key)) return InvalidJwks("the key set holds a private or symmetric key; publish public keys only");
    const std::optional<Algorithm> algorithm = AlgorithmOf(key);
    if (!algorithm || !IsForSigning(key, *algorithm)) {
      ++set.ignored_;
      continue;
    }
    const std::string* key_id = FindText(key, "kid");
    if (key_id == nullptr || key_id->empty()) return InvalidJwks("a signing key has no 'kid'");
    ASSIGN_OR_RETURN(PublicKey parsed, ParseKey(key, *algorithm));
    if (!set.keys_.emplace(*key_id, std::move(parsed)).second) {
      return InvalidJwks(absl::StrCat("the key id '", *key_id, "' occurs twice"));
    }
  }
  if (set.keys_.empty()) return InvalidJwks("the key set has no key for ES256, RS256 or EdDSA signatures");
  return set;
}

const PublicKey* KeySet::Find(std::string_view key_id) const {
  const auto found = keys_.find(key_id);
  return found == keys_.end() ? nullptr : &found->second;
}

}  // namespace derms::auth
