// A JSON Web Key Set (RFC 7517): the public keys whose tokens we believe, by key id.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "libs/auth/public_key.h"

namespace derms::auth {

inline constexpr std::size_t kMaxJwksBytes = 1 << 20;
inline constexpr std::size_t kMaxJwksKeys = 100;

// Immutable: share it by shared_ptr<const KeySet>.
class KeySet {
 public:
  // INVALID_ARGUMENT reason INVALID_JWKS or INVALID_KEY. A key that is not for us -- another `use`, type, curve or
  // `alg`, as identity providers publish for encryption -- is left out and counted. A key that should be for us and
  // is wrong (no or repeated `kid`, weak, off the curve), or a private or symmetric key, refuses the whole set.
  static absl::StatusOr<KeySet> Parse(std::string_view json);

  // Null when unknown. Valid as long as the set.
  const PublicKey* Find(std::string_view key_id) const;
  std::size_t size() const { return keys_.size(); }
  std::size_t ignored() const { return ignored_; }

 private:
  KeySet() = default;

  std::map<std::string, PublicKey, std::less<>> keys_;
  std::size_t ignored_ = 0;
};

// Where verifiers get the current keys. Never blocks; thread-safe.
class KeySource {
 public:
  virtual ~KeySource() = default;
  virtual std::shared_ptr<const KeySet> Keys() const = 0;  // never null
  // A token named a key that the set lacks: a hint to look for newer keys soon.
  virtual void NoteUnknownKey() = 0;
};

}  // namespace derms::auth
