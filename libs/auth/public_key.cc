#include "libs/auth/public_key.h"

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <string>
#include <utility>

#include "libs/base/error.h"

namespace derms::auth {
namespace {

constexpr std::size_t kCoordinateBytes = 32;  // P-256 and Ed25519
constexpr int kRsaMinBits = 2048;
constexpr int kRsaMaxBits = 8192;                // more only costs verification time
constexpr std::size_t kRsaExponentMaxBytes = 4;  // 65537 in practice

template <auto kFree>
struct FreeWith {
  template <typename T>
  void operator()(T* pointer) const {
    kFree(pointer);
  }
};
using PkeyContext = std::unique_ptr<EVP_PKEY_CTX, FreeWith<EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, FreeWith<EVP_MD_CTX_free>>;
using ParamBuilder = std::unique_ptr<OSSL_PARAM_BLD, FreeWith<OSSL_PARAM_BLD_free>>;
using Params = std::unique_ptr<OSSL_PARAM, FreeWith<OSSL_PARAM_free>>;
using BigNumber = std::unique_ptr<BIGNUM, FreeWith<BN_free>>;
using EcdsaSignature = std::unique_ptr<ECDSA_SIG, FreeWith<ECDSA_SIG_free>>;

// Takes back the errors that a refused key or signature leaves in this thread's OpenSSL queue: gRPC's TLS reads the
// same queue and would take them for its own.
class ErrorQueueGuard {
 public:
  ErrorQueueGuard() { ERR_set_mark(); }
  ~ErrorQueueGuard() { ERR_pop_to_mark(); }
  ErrorQueueGuard(const ErrorQueueGuard&) = delete;
  ErrorQueueGuard& operator=(const ErrorQueueGuard&) = delete;
};

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

BigNumber ToBigNumber(std::string_view bytes) {
  return BigNumber(BN_bin2bn(Bytes(bytes), static_cast<int>(bytes.size()), nullptr));
}

std::shared_ptr<EVP_PKEY> Share(EVP_PKEY* key) {
  return std::shared_ptr<EVP_PKEY>(key, EVP_PKEY_free);
}

// Null when the parameters make no valid public key of that type.
std::shared_ptr<EVP_PKEY> KeyFromParams(const char* type, OSSL_PARAM_BLD* builder) {
  const Params params(OSSL_PARAM_BLD_to_param(builder));
  const PkeyContext import(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (!params || !import || EVP_PKEY_fromdata_init(import.get()) != 1 ||
      EVP_PKEY_fromdata(import.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) != 1) {
    return nullptr;
  }
  std::shared_ptr<EVP_PKEY> shared = Share(key);
  const PkeyContext check(EVP_PKEY_CTX_new_from_pkey(nullptr, key, nullptr));
  return check && EVP_PKEY_public_check(check.get()) == 1 ? shared : nullptr;
}

absl::Status InvalidKey(std::string_view message) {
  return base::InvalidArgument("INVALID_KEY", message);
}

// JWS carries r || s, OpenSSL wants the ASN.1 sequence; empty when the length is wrong.
std::string EcdsaToDer(std::string_view raw) {
  if (raw.size() != 2 * kCoordinateBytes) return {};
  BigNumber r = ToBigNumber(raw.substr(0, kCoordinateBytes));
  BigNumber s = ToBigNumber(raw.substr(kCoordinateBytes));
  const EcdsaSignature pair(ECDSA_SIG_new());
  if (!r || !s || !pair || ECDSA_SIG_set0(pair.get(), r.get(), s.get()) != 1) return {};
  static_cast<void>(r.release());  // owned by the pair from here
  static_cast<void>(s.release());
  const int size = i2d_ECDSA_SIG(pair.get(), nullptr);
  if (size <= 0) return {};
  std::string der(static_cast<std::size_t>(size), '\0');
  auto* out = reinterpret_cast<unsigned char*>(der.data());
  i2d_ECDSA_SIG(pair.get(), &out);
  return der;
}

}  // namespace

std::string_view AlgorithmName(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::kEs256:
      return "ES256";
    case Algorithm::kRs256:
      return "RS256";
    case Algorithm::kEdDsa:
      return "EdDSA";
  }
  return "";
}

PublicKey::PublicKey(Algorithm algorithm, std::shared_ptr<EVP_PKEY> key)
    : algorithm_(algorithm), key_(std::move(key)) {}

absl::StatusOr<PublicKey> PublicKey::Rsa(std::string_view modulus, std::string_view exponent) {
  const ErrorQueueGuard guard;
  if (exponent.size() > kRsaExponentMaxBytes) return InvalidKey("the RSA exponent is too long; use 65537");
  if (modulus.size() > kRsaMaxBits / 8) return InvalidKey("the RSA key is longer than 8192 bit");
  const BigNumber n = ToBigNumber(modulus);
  const BigNumber e = ToBigNumber(exponent);
  if (!n || BN_num_bits(n.get()) < kRsaMinBits) return InvalidKey("the RSA key is shorter than 2048 bit");
  if (!e || !BN_is_odd(e.get()) || BN_is_one(e.get())) return InvalidKey("the RSA exponent is not odd and above 1");
  const ParamBuilder builder(OSSL_PARAM_BLD_new());
  if (!builder || OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1) {
    return InvalidKey("the RSA key cannot be built");
  }
  std::shared_ptr<EVP_PKEY> key = KeyFromParams("RSA", builder.get());
  if (!key) return InvalidKey("the RSA key is not valid");
  return PublicKey(Algorithm::kRs256, std::move(key));
}

absl::StatusOr<PublicKey> PublicKey::P256(std::string_view x, std::string_view y) {
  const ErrorQueueGuard guard;
  if (x.size() != kCoordinateBytes || y.size() != kCoordinateBytes) {
    return InvalidKey("a P-256 key needs two coordinates of 32 bytes");
  }
  std::string point("\x04");  // SEC 1: uncompressed
  point.append(x).append(y);
  const ParamBuilder builder(OSSL_PARAM_BLD_new());
  if (!builder || OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) != 1) {
    return InvalidKey("the P-256 key cannot be built");
  }
  std::shared_ptr<EVP_PKEY> key = KeyFromParams("EC", builder.get());
  if (!key) return InvalidKey("the point is not on the curve P-256");
  return PublicKey(Algorithm::kEs256, std::move(key));
}

absl::StatusOr<PublicKey> PublicKey::Ed25519(std::string_view x) {
  const ErrorQueueGuard guard;
  if (x.size() != kCoordinateBytes) return InvalidKey("an Ed25519 key has 32 bytes");
  EVP_PKEY* key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, Bytes(x), x.size());
  if (key == nullptr) return InvalidKey("the Ed25519 key is not valid");
  return PublicKey(Algorithm::kEdDsa, Share(key));
}

bool PublicKey::Verifies(std::string_view message, std::string_view signature) const {
  const ErrorQueueGuard guard;
  std::string der;
  if (algorithm_ == Algorithm::kEs256) {
    der = EcdsaToDer(signature);
    if (der.empty()) return false;
    signature = der;
  }
  const EVP_MD* digest = algorithm_ == Algorithm::kEdDsa ? nullptr : EVP_sha256();  // Ed25519 hashes by itself
  const DigestContext context(EVP_MD_CTX_new());
  return context && EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, key_.get()) == 1 &&
         EVP_DigestVerify(context.get(), Bytes(signature), signature.size(), Bytes(message), message.size()) == 1;
}

}  // namespace derms::auth
