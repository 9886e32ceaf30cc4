// For tests: keys and tokens made by OpenSSL, right ones and every kind of wrong one.
#pragma once

#include <openssl/types.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "libs/auth/public_key.h"
#include "nlohmann/json.hpp"

namespace derms::auth {

// A private key with the id under which its public half is published.
class TestKey {
 public:
  static TestKey Es256(std::string key_id);
  static TestKey Rs256(std::string key_id, unsigned int bits = 2048);
  static TestKey Ed25519(std::string key_id);

  const std::string& key_id() const { return key_id_; }
  std::string_view algorithm() const { return AlgorithmName(algorithm_); }
  nlohmann::json Jwk() const;                        // public members only
  std::string PublicPem() const;                     // what an attacker has
  std::string Sign(std::string_view text) const;     // in the form of JWS
  std::string SignDer(std::string_view text) const;  // as OpenSSL makes it: for ES256 an ASN.1 sequence
  nlohmann::json Header() const;                     // {"alg":..., "kid":..., "typ":"JWT"}

 private:
  TestKey(std::string key_id, Algorithm algorithm, EVP_PKEY* key);
  std::string Number(const char* parameter) const;  // big-endian bytes

  std::string key_id_;
  Algorithm algorithm_;
  std::shared_ptr<EVP_PKEY> key_;
};

// {"keys": [...]}
std::string Jwks(const std::vector<TestKey>& keys);

// header.payload.signature, with the texts as they are given and whatever signature.
std::string Compact(std::string_view header, std::string_view payload, std::string_view signature);
// The same, signed rightly over whatever header and payload.
std::string Signed(const TestKey& key, std::string_view header, std::string_view payload);
std::string Signed(const TestKey& key, const nlohmann::json& header, const nlohmann::json& payload);
// With the key's own header.
std::string Signed(const TestKey& key, const nlohmann::json& payload);

// Claims that the default rules accept: subject "ann", audience "derms", one hour from `now`.
nlohmann::json GoodClaims(absl::Time now);

}  // namespace derms::auth
