// A public key that verifies signatures of exactly one algorithm: the key decides, never the token.
// On OpenSSL 3's EVP interface, the libcrypto that gRPC links too. Thread-safe: immutable.
#pragma once

#include <openssl/types.h>

#include <memory>
#include <string_view>

#include "absl/status/statusor.h"

namespace derms::auth {

// Algorithms of RFC 7518 and RFC 8037 that we accept. There is no `none` and no symmetric one to confuse them with.
enum class Algorithm { kEs256, kRs256, kEdDsa };
std::string_view AlgorithmName(Algorithm algorithm);  // "ES256", "RS256", "EdDSA"

class PublicKey {
 public:
  // All numbers are big-endian bytes, as in a JWK. INVALID_ARGUMENT reason INVALID_KEY.
  static absl::StatusOr<PublicKey> Rsa(std::string_view modulus, std::string_view exponent);  // 2048 to 8192 bit
  static absl::StatusOr<PublicKey> P256(std::string_view x, std::string_view y);              // a point on the curve
  static absl::StatusOr<PublicKey> Ed25519(std::string_view x);                               // RFC 8032 encoding

  Algorithm algorithm() const { return algorithm_; }
  // `signature` in the form of JWS: ES256 64 bytes r || s, RS256 PKCS #1 v1.5, EdDSA 64 bytes.
  bool Verifies(std::string_view message, std::string_view signature) const;

 private:
  PublicKey(Algorithm algorithm, std::shared_ptr<EVP_PKEY> key);

  Algorithm algorithm_;
  std::shared_ptr<EVP_PKEY> key_;
};

}  // namespace derms::auth
