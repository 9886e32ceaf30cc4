#include "libs/auth/testing/token_maker.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <stdexcept>
#include <utility>

#include "libs/auth/base64url.h"

namespace derms::auth {
namespace {

void Demand(bool ok, const char* what) {
  if (!ok) throw std::runtime_error(what);  // ends the test
}

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* Bytes(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

// ASN.1 sequence to r || s.
std::string RawFromDer(const std::string& der) {
  const unsigned char* in = Bytes(std::string_view(der));
  ECDSA_SIG* pair = d2i_ECDSA_SIG(nullptr, &in, static_cast<long>(der.size()));
  Demand(pair != nullptr, "d2i_ECDSA_SIG");
  std::string raw(64, '\0');
  Demand(BN_bn2binpad(ECDSA_SIG_get0_r(pair), Bytes(raw), 32) == 32, "r");
  Demand(BN_bn2binpad(ECDSA_SIG_get0_s(pair), Bytes(raw) + 32, 32) == 32, "s");
  ECDSA_SIG_free(pair);
  return raw;
}

}  // namespace

TestKey::TestKey(std::string key_id, Algorithm algorithm, EVP_PKEY* key)
    : key_id_(std::move(key_id)), algorithm_(algorithm), key_(key, EVP_PKEY_free) {
  Demand(key != nullptr, "key generation");
}

TestKey TestKey::Es256(std::string key_id) {
  return {std::move(key_id), Algorithm::kEs256, EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256")};
}

TestKey TestKey::Rs256(std::string key_id, unsigned int bits) {
  return {std::move(key_id), Algorithm::kRs256, EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{bits})};
}

TestKey TestKey::Ed25519(std::string key_id) {
  return {std::move(key_id), Algorithm::kEdDsa, EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")};
}

std::string TestKey::Number(const char* parameter) const {
  BIGNUM* number = nullptr;
  Demand(EVP_PKEY_get_bn_param(key_.get(), parameter, &number) == 1, parameter);
  const bool is_coordinate = algorithm_ == Algorithm::kEs256;  // fixed width, leading zeros kept
  std::string bytes(is_coordinate ? 32 : static_cast<std::size_t>(BN_num_bytes(number)), '\0');
  BN_bn2binpad(number, Bytes(bytes), static_cast<int>(bytes.size()));
  BN_free(number);
  return bytes;
}

nlohmann::json TestKey::Jwk() const {
  nlohmann::json jwk = {{"kid", key_id_}, {"use", "sig"}, {"alg", algorithm()}};
  if (algorithm_ == Algorithm::kRs256) {
    jwk["kty"] = "RSA";
    jwk["n"] = EncodeBase64Url(Number(OSSL_PKEY_PARAM_RSA_N));
    jwk["e"] = EncodeBase64Url(Number(OSSL_PKEY_PARAM_RSA_E));
  } else if (algorithm_ == Algorithm::kEs256) {
    jwk["kty"] = "EC";
    jwk["crv"] = "P-256";
    jwk["x"] = EncodeBase64Url(Number(OSSL_PKEY_PARAM_EC_PUB_X));
    jwk["y"] = EncodeBase64Url(Number(OSSL_PKEY_PARAM_EC_PUB_Y));
  } else {
    std::string x(32, '\0');
    std::size_t size = x.size();
    Demand(EVP_PKEY_get_raw_public_key(key_.get(), Bytes(x), &size) == 1, "raw public key");
    jwk["kty"] = "OKP";
    jwk["crv"] = "Ed25519";
    jwk["x"] = EncodeBase64Url(x);
  }
  return jwk;
}

std::string TestKey::PublicPem() const {
  BIO* memory = BIO_new(BIO_s_mem());
  Demand(PEM_write_bio_PUBKEY(memory, key_.get()) == 1, "PEM");
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory, &data);
  std::string pem(data, static_cast<std::size_t>(size));
  BIO_free(memory);
  return pem;
}

std::string TestKey::SignDer(std::string_view text) const {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  const EVP_MD* digest = algorithm_ == Algorithm::kEdDsa ? nullptr : EVP_sha256();
  Demand(EVP_DigestSignInit(context, nullptr, digest, nullptr, key_.get()) == 1, "sign init");
  std::size_t size = 0;
  Demand(EVP_DigestSign(context, nullptr, &size, Bytes(text), text.size()) == 1, "sign size");
  std::string signature(size, '\0');
  Demand(EVP_DigestSign(context, Bytes(signature), &size, Bytes(text), text.size()) == 1, "sign");
  signature.resize(size);
  EVP_MD_CTX_free(context);
  return signature;
}

std::string TestKey::Sign(std::string_view text) const {
  const std::string signature = SignDer(text);
  return algorithm_ == Algorithm::kEs256 ? RawFromDer(signature) : signature;
}

nlohmann::json TestKey::Header() const {
  return {{"alg", algorithm()}, {"kid", key_id_}, {"typ", "JWT"}};
}

std::string Jwks(const std::vector<TestKey>& keys) {
  nlohmann::json list = nlohmann::json::array();
  for (const TestKey& key : keys) list.push_back(key.Jwk());
  return nlohmann::json{{"keys", list}}.dump();
}

std::string Compact(std::string_view header, std::string_view payload, std::string_view signature) {
  return EncodeBase64Url(header) + "." + EncodeBase64Url(payload) + "." + EncodeBase64Url(signature);
}

std::string Signed(const TestKey& key, std::string_view header, std::string_view payload) {
  const std::string text = EncodeBase64Url(header) + "." + EncodeBase64Url(payload);
  return text + "." + EncodeBase64Url(key.Sign(text));
}

std::string Signed(const TestKey& key, const nlohmann::json& header, const nlohmann::json& payload) {
  const std::string header_text = header.dump();
  const std::string payload_text = payload.dump();
  return Signed(key, std::string_view(header_text), std::string_view(payload_text));
}

std::string Signed(const TestKey& key, const nlohmann::json& payload) {
  return Signed(key, key.Header(), payload);
}

nlohmann::json GoodClaims(absl::Time now) {
  return {{"iss", "https://issuer.test"},
          {"sub", "ann"},
          {"aud", "derms"},
          {"jti", "token-1"},
          {"iat", absl::ToUnixSeconds(now)},
          {"exp", absl::ToUnixSeconds(now + absl::Hours(1))}};
}

}  // namespace derms::auth
