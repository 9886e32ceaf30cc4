#include "libs/store/chain_hash.h"

#include "libs/base/sha256.h"

namespace derms::store {

std::string FirstLinkHash() {
  return std::string(base::Sha256Digest().size(), '\0');
}

std::string LinkHash(std::string_view previous_hash, std::string_view stored_bytes) {
  std::string bytes(previous_hash);
  bytes.append(stored_bytes);
  const base::Sha256Digest digest = base::Sha256(bytes);
  return {digest.begin(), digest.end()};
}

}  // namespace derms::store
