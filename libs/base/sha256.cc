#include "libs/base/sha256.h"

#include <openssl/evp.h>

#include <cstdlib>

namespace derms::base {

Sha256Digest Sha256(std::string_view bytes) {
  // SHA256() looks the algorithm up and allocates a context every time, which costs more than hashing a short text.
  struct Context {
    EVP_MD* algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    ~Context() {
      EVP_MD_CTX_free(context);
      EVP_MD_free(algorithm);
    }
  };
  thread_local const Context own;
  Sha256Digest digest;
  unsigned int size = 0;
  const bool done = EVP_DigestInit_ex2(own.context, own.algorithm, nullptr) == 1 &&
                    EVP_DigestUpdate(own.context, bytes.data(), bytes.size()) == 1 &&
                    EVP_DigestFinal_ex(own.context, digest.data(), &size) == 1 && size == digest.size();
  if (!done) std::abort();  // no SHA-256: no identity can be trusted
  return digest;
}

std::string ToHex(const Sha256Digest& digest) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  hex.reserve(2 * digest.size());
  for (const std::uint8_t byte : digest) {
    hex.push_back(kDigits[byte >> 4]);
    hex.push_back(kDigits[byte & 15]);
  }
  return hex;
}

}  // namespace derms::base
