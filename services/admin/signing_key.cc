#include "services/admin/signing_key.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "absl/strings/str_cat.h"
#include "libs/auth/base64url.h"
#include "libs/base/error.h"
#include "libs/base/sha256.h"
#include "nlohmann/json.hpp"

namespace derms::admin {
namespace {

constexpr int kCoordinateBytes = 32;
constexpr char kGroup[] = "prime256v1";  // OpenSSL's name of P-256

unsigned char* Bytes(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}
const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

absl::Status CannotSign() {
  return base::Internal("SIGNING_FAILED", "OpenSSL could not sign");
}

// OpenSSL's ASN.1 sequence to the r || s of JWS.
absl::StatusOr<std::string> RawSignature(std::string_view der) {
  const unsigned char* in = Bytes(der);
  const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> pair(
      d2i_ECDSA_SIG(nullptr, &in, static_cast<long>(der.size())), ECDSA_SIG_free);
  std::string raw(2 * kCoordinateBytes, '\0');
  if (!pair || BN_bn2binpad(ECDSA_SIG_get0_r(pair.get()), Bytes(raw), kCoordinateBytes) < 0 ||
      BN_bn2binpad(ECDSA_SIG_get0_s(pair.get()), Bytes(raw) + kCoordinateBytes, kCoordinateBytes) < 0) {
    return CannotSign();
  }
  return raw;
}

bool IsP256(EVP_PKEY* key) {
  char group[64] = {};
  return EVP_PKEY_is_a(key, "EC") == 1 && EVP_PKEY_get_group_name(key, group, sizeof(group), nullptr) == 1 &&
         std::string_view(group) == kGroup;
}

// An encrypted key would make OpenSSL ask for a password on the terminal; tools must not.
int NoPassword(char*, int, int, void*) {
  return -1;
}

}  // namespace

absl::StatusOr<SigningKey> SigningKey::Generate() {
  std::shared_ptr<EVP_PKEY> key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"), EVP_PKEY_free);
  if (!key) return base::Internal("KEY_GENERATION_FAILED", "OpenSSL could not generate a key");
  return SigningKey(std::move(key));
}

absl::StatusOr<SigningKey> SigningKey::FromPem(std::string_view pem) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> text(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())),
                                                       BIO_free);
  std::shared_ptr<EVP_PKEY> key(PEM_read_bio_PrivateKey(text.get(), nullptr, NoPassword, nullptr), EVP_PKEY_free);
  if (!key || !IsP256(key.get())) {
    return base::InvalidArgument(
        "INVALID_KEY", "the key is no unencrypted P-256 private key in PEM; make one with derms-admin keys generate");
  }
  return SigningKey(std::move(key));
}

std::string SigningKey::PrivatePem() const {
  const std::unique_ptr<BIO, decltype(&BIO_free)> memory(BIO_new(BIO_s_mem()), BIO_free);
  PEM_write_bio_PrivateKey(memory.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr);
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string SigningKey::Coordinate(const char* name) const {
  BIGNUM* number = nullptr;
  EVP_PKEY_get_bn_param(key_.get(), name, &number);
  const std::unique_ptr<BIGNUM, decltype(&BN_free)> owned(number, BN_free);
  std::string bytes(kCoordinateBytes, '\0');
  BN_bn2binpad(number, Bytes(bytes), kCoordinateBytes);
  return auth::EncodeBase64Url(bytes);
}

std::string SigningKey::KeyId() const {
  // RFC 7638: the required members in alphabetical order, without spaces.
  const std::string canonical = absl::StrCat(R"({"crv":"P-256","kty":"EC","x":")", Coordinate(OSSL_PKEY_PARAM_EC_PUB_X),
                                             R"(","y":")", Coordinate(OSSL_PKEY_PARAM_EC_PUB_Y), R"("})");
  const base::Sha256Digest digest = base::Sha256(canonical);
  return auth::EncodeBase64Url({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

std::string SigningKey::Jwks() const {
  const nlohmann::ordered_json key = {{"kid", KeyId()},
                                      {"kty", "EC"},
                                      {"crv", "P-256"},
                                      {"alg", "ES256"},
                                      {"use", "sig"},
                                      {"x", Coordinate(OSSL_PKEY_PARAM_EC_PUB_X)},
                                      {"y", Coordinate(OSSL_PKEY_PARAM_EC_PUB_Y)}};
  return nlohmann::ordered_json{{"keys", nlohmann::ordered_json::array({key})}}.dump(2) + "\n";
}

absl::StatusOr<std::string> SigningKey::SignCompact(std::string_view payload) const {
  const nlohmann::ordered_json header = {{"alg", "ES256"}, {"kid", KeyId()}, {"typ", "JWT"}};
  const std::string text = auth::EncodeBase64Url(header.dump()) + "." + auth::EncodeBase64Url(payload);
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  std::size_t size = 0;
  if (!context || EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &size, Bytes(std::string_view(text)), text.size()) != 1) {
    return CannotSign();
  }
  std::string der(size, '\0');
  if (EVP_DigestSign(context.get(), Bytes(der), &size, Bytes(std::string_view(text)), text.size()) != 1) {
    return CannotSign();
  }
  ASSIGN_OR_RETURN(const std::string raw, RawSignature(std::string_view(der).substr(0, size)));
  return text + "." + auth::EncodeBase64Url(raw);
}

}  // namespace derms::admin
