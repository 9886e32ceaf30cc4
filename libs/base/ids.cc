#include "libs/base/ids.h"

#include <openssl/rand.h>

#include <array>
#include <bit>
#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/base/sha256.h"

namespace derms::base {
namespace {

constexpr std::size_t kMinDerIdLength = 3;
constexpr std::size_t kMaxDerIdLength = 64;

bool IsUpper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool IsIdCharacter(char c) {
  return IsUpper(c) || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

using IdBytes = std::array<unsigned char, 16>;

// Random bytes for many ids at a time: most of what RAND_bytes costs is the call.
IdBytes TakeRandom() {
  thread_local std::array<IdBytes, 64> stock;
  thread_local std::size_t left = 0;
  if (left == 0) {
    if (RAND_bytes(stock[0].data(), sizeof stock) != 1) std::abort();  // no entropy: nothing safe can be done
    left = stock.size();
  }
  return std::exchange(stock[--left], {});
}

}  // namespace

DerKey DerKeyOf(std::string_view der_id) {
  const Sha256Digest digest = Sha256(der_id);
  std::uint64_t key = 0;
  for (int i = 0; i < 8; ++i) key = (key << 8) | digest[static_cast<std::size_t>(i)];
  return std::bit_cast<DerKey>(key);
}

absl::Status ValidateDerId(std::string_view der_id, std::string_view field) {
  bool valid = der_id.size() >= kMinDerIdLength && der_id.size() <= kMaxDerIdLength && IsUpper(der_id[0]);
  for (const char c : der_id) valid = valid && IsIdCharacter(c);
  constexpr char kRule[] = "must be 3 to 64 characters: a capital letter, then capital letters, digits, '_' or '-'";
  if (!valid)
    return InvalidArgument("INVALID_DER_ID", absl::StrCat(std::string(field), " ", kRule)).Field(field, kRule);
  if (der_id == kAllDers) {
    constexpr char kReserved[] = "ALL_DERS is reserved for fleet-wide orders; choose another id";
    return InvalidArgument("INVALID_DER_ID", kReserved).Field(field, kReserved);
  }
  return absl::OkStatus();
}

std::string RandomIdSource::NewId() {
  static constexpr char kDigits[] = "0123456789abcdef";
  IdBytes bytes = TakeRandom();
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0f) | 0x40);  // version 4
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3f) | 0x80);  // RFC 9562 variant
  std::string text(36, '-');
  std::size_t place = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) ++place;
    text[place++] = kDigits[bytes[i] >> 4];
    text[place++] = kDigits[bytes[i] & 15];
  }
  return text;
}

}  // namespace derms::base
