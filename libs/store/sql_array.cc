#include "libs/store/sql_array.h"

#include <array>
#include <bit>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/store/pg_error.h"

namespace derms::store {
namespace {

constexpr std::size_t kHeaderSize = 20;  // dimensions, has-null, element type, length, lower bound
constexpr std::uint32_t kNullLength = 0xffffffff;

// All numbers of the protocol are big endian.
template <typename Number>
std::array<char, sizeof(Number)> BigEndian(Number number) {
  std::array<char, sizeof(Number)> bytes;
  for (std::size_t i = 0; i < sizeof(Number); ++i) {
    bytes[i] = static_cast<char>(number >> (8 * (sizeof(Number) - 1 - i)));
  }
  return bytes;
}

template <typename Number>
std::string BigEndianText(Number number) {
  const auto bytes = BigEndian(number);
  return {bytes.data(), bytes.size()};  // at most 8 bytes: stays within the string object
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

[[noreturn]] void MalformedUuid(std::string_view text) {
  throw StatusError(base::Internal("UUID_MALFORMED",
                                   absl::StrCat("'", std::string(text), "' is not a UUID; report this as a defect")));
}

}  // namespace

void RefuseNul(std::string_view text) {
  if (text.find('\0') == std::string_view::npos) return;
  throw StatusError(
      base::InvalidArgument("TEXT_NOT_STORABLE", "a text holds a NUL character, which cannot be stored; remove it"));
}

SqlArray::SqlArray(std::uint32_t element_type) : element_type_(element_type), bytes_(kHeaderSize, '\0') {}

void SqlArray::AddElement(std::string_view bytes) {
  ++count_;
  const auto length = BigEndian(static_cast<std::uint32_t>(bytes.size()));
  bytes_.append(length.data(), length.size());
  bytes_.append(bytes);
}

void SqlArray::AddNull() {
  ++count_;
  has_null_ = true;
  const auto length = BigEndian(kNullLength);
  bytes_.append(length.data(), length.size());
}

std::string SqlArray::Take() {
  std::string header;
  for (const std::uint32_t word : {count_ > 0 ? 1U : 0U, has_null_ ? 1U : 0U, element_type_, count_, 1U}) {
    header.append(BigEndianText(word));
  }
  bytes_.replace(0, kHeaderSize, header);
  if (count_ == 0) bytes_.resize(kHeaderSize - 2 * sizeof(std::uint32_t));  // no dimension, so none is described
  count_ = 0;
  has_null_ = false;
  return std::exchange(bytes_, std::string(kHeaderSize, '\0'));
}

namespace sql {

std::string Boolean::Bytes(bool value) {
  return std::string(1, value ? '\1' : '\0');
}

std::string Bigint::Bytes(std::int64_t value) {
  return BigEndianText(static_cast<std::uint64_t>(value));
}

std::string Xid::Bytes(std::uint64_t value) {
  return BigEndianText(value);
}

std::string Smallint::Bytes(int value) {
  if (value < std::numeric_limits<std::int16_t>::min() || value > std::numeric_limits<std::int16_t>::max()) {
    throw StatusError(
        base::Internal("NUMBER_NOT_STORABLE", absl::StrCat(value, " does not fit 16 bits; report this as a defect")));
  }
  return BigEndianText(static_cast<std::uint16_t>(value));
}

std::string Integer::Bytes(std::int32_t value) {
  return BigEndianText(static_cast<std::uint32_t>(value));
}

std::string_view Text::Bytes(std::string_view value) {
  RefuseNul(value);
  return value;
}

std::string Real::Bytes(float value) {
  return BigEndianText(std::bit_cast<std::uint32_t>(value));
}

std::string Double::Bytes(double value) {
  return BigEndianText(std::bit_cast<std::uint64_t>(value));
}

std::string Timestamp::Bytes(absl::Time value) {
  constexpr std::int64_t kMicrosTo2000 = 946684800000000;  // PostgreSQL counts from 2000
  if (value == absl::InfinitePast()) return Bigint::Bytes(std::numeric_limits<std::int64_t>::min());
  if (value == absl::InfiniteFuture()) return Bigint::Bytes(std::numeric_limits<std::int64_t>::max());
  return Bigint::Bytes(absl::ToUnixMicros(value) - kMicrosTo2000);
}

std::string Uuid::Bytes(std::string_view value) {
  constexpr std::size_t kLength = 36;
  if (value.size() != kLength) MalformedUuid(value);
  std::string bytes;
  bytes.reserve(16);
  for (std::size_t i = 0; i < kLength;) {
    if (i == 8 || i == 13 || i == 18 || i == 23) {
      if (value[i++] != '-') MalformedUuid(value);
      continue;
    }
    const int high = HexDigit(value[i]), low = HexDigit(value[i + 1]);
    if (high < 0 || low < 0) MalformedUuid(value);
    bytes.push_back(static_cast<char>(16 * high + low));
    i += 2;
  }
  return bytes;
}

std::string Jsonb::Bytes(std::string_view json) {
  std::string bytes(1, '\1');  // version of the form
  bytes.append(json);
  return bytes;
}

}  // namespace sql
}  // namespace derms::store
