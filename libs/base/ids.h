// Identifiers: the DER id a person reads, the 64-bit key the store is sharded by, and random ids.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace derms::base {

// First eight bytes, big endian, of SHA-256(der_id) as a signed number: leads every key of every large table,
// so no directory is needed. Two ids with one key are refused at registration (store: unique der_key, other id).
using DerKey = std::int64_t;
DerKey DerKeyOf(std::string_view der_id);

inline constexpr std::string_view kAllDers = "ALL_DERS";  // reserved: the scope of a fleet-wide order

// OK when der_id matches ^[A-Z][A-Z0-9_-]{2,63}$ and is not reserved; else INVALID_DER_ID naming `field`.
absl::Status ValidateDerId(std::string_view der_id, std::string_view field = "der_id");

// Source of random ids; injected so that tests are repeatable. Thread-safe.
class IdSource {
 public:
  virtual ~IdSource() = default;
  virtual std::string NewId() = 0;  // RFC 9562 UUID in lower-case text
};

// UUIDv4 from OpenSSL's generator.
class RandomIdSource final : public IdSource {
 public:
  std::string NewId() override;
};

}  // namespace derms::base
