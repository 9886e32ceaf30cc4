#include "libs/store/sql_value.h"

#include <array>
#include <charconv>
#include <utility>

#include "libs/base/error.h"
#include "libs/store/pg_error.h"

namespace derms::store {
namespace {

template <typename Number>
void AppendNumber(std::string& text, Number value) {
  std::array<char, 32> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  text.append(buffer.data(), end);
}

}  // namespace

void RefuseNul(std::string_view text) {
  if (text.find('\0') == std::string_view::npos) return;
  throw StatusError(
      base::InvalidArgument("TEXT_NOT_STORABLE", "a text holds a NUL character, which cannot be stored; remove it"));
}

std::string TimestampText(absl::Time time) {
  if (time == absl::InfinitePast()) return "-infinity";
  if (time == absl::InfiniteFuture()) return "infinity";
  return absl::FormatTime("%E4Y-%m-%d %H:%M:%E6S+00", time, absl::UTCTimeZone());
}

std::string HexBytes(std::string_view bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text = "\\x";
  text.reserve(2 + 2 * bytes.size());
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text.push_back(kDigits[byte >> 4]);
    text.push_back(kDigits[byte & 15]);
  }
  return text;
}

std::string DoubleText(double value) {
  std::string text;
  AppendNumber(text, value);
  return text;
}

Params& Params::Add(std::string_view text) {
  RefuseNul(text);
  values_.push_back({std::string(text)});
  return *this;
}

Params& Params::Add(std::int64_t value) {
  std::string text;
  AppendNumber(text, value);
  values_.push_back({std::move(text)});
  return *this;
}

Params& Params::Add(double value) {
  values_.push_back({DoubleText(value)});
  return *this;
}

Params& Params::Add(bool value) {
  values_.push_back({value ? "t" : "f"});
  return *this;
}

Params& Params::Add(absl::Time time) {
  values_.push_back({TimestampText(time)});
  return *this;
}

Params& Params::AddBytes(std::string_view bytes) {
  values_.push_back({HexBytes(bytes)});
  return *this;
}

Params& Params::AddNull() {
  values_.push_back({std::nullopt});
  return *this;
}

Params& Params::AddArray(SqlArray& array) {
  values_.push_back({array.Take(), true});
  return *this;
}

}  // namespace derms::store
