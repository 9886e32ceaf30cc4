// The private half that signs tokens. Only derms-admin has it: the services verify (libs/auth) and cannot sign.
#pragma once

#include <openssl/types.h>

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace derms::admin {

// An ES256 (ECDSA P-256 with SHA-256) key pair.
class SigningKey {
 public:
  static absl::StatusOr<SigningKey> Generate();
  // A private key in PEM. INVALID_ARGUMENT reason INVALID_KEY for anything but an unencrypted P-256 key.
  static absl::StatusOr<SigningKey> FromPem(std::string_view pem);

  std::string PrivatePem() const;  // PKCS #8, unencrypted: write it with mode 0600
  std::string KeyId() const;       // RFC 7638 thumbprint: the same key has the same id everywhere
  std::string Jwks() const;        // {"keys":[...]} with the public half
  // A compact JWS over the payload, header {"alg":"ES256","kid":KeyId(),"typ":"JWT"}.
  absl::StatusOr<std::string> SignCompact(std::string_view payload) const;

 private:
  explicit SigningKey(std::shared_ptr<EVP_PKEY> key) : key_(std::move(key)) {}
  std::string Coordinate(const char* name) const;  // base64url of 32 bytes

  std::shared_ptr<EVP_PKEY> key_;
};

}  // namespace derms::admin
