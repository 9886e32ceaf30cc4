#include "libs/store/sql_value.h"

#include <array>
#include <charconv>
#include <utility>

#include "libs/base/error.h"
#include "libs/store/pg_error.h"

namespace derms::store {
namespace {

void RefuseNul(std::string_view text) {
  if (text.find('\0') == std::string_view::npos) return;
  throw StatusError(
      base::InvalidArgument("TEXT_NOT_STORABLE", "a text holds a NUL character, which cannot be stored; remove it"));
}

template <typename Number>
void AppendNumber(std::string& text, Number value) {
  std::array<char, 32> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  text.append(buffer.data(), end);
}

}  // namespace

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

void ArrayLiteral::Separate() {
  if (text_.size() > 1) text_.push_back(',');
}

void ArrayLiteral::Add(std::int64_t value) {
  Separate();
  AppendNumber(text_, value);
}

void ArrayLiteral::Add(double value) {
  Separate();
  AppendNumber(text_, value);
}

void ArrayLiteral::Add(bool value) {
  Separate();
  text_.push_back(value ? 't' : 'f');
}

void ArrayLiteral::Add(std::string_view text) {
  RefuseNul(text);
  Separate();
  text_.push_back('"');
  for (const char c : text) {
    if (c == '"' || c == '\\') text_.push_back('\\');
    text_.push_back(c);
  }
  text_.push_back('"');
}

void ArrayLiteral::Add(absl::Time time) {
  Add(std::string_view(TimestampText(time)));
}

void ArrayLiteral::AddBytes(std::string_view bytes) {
  Add(std::string_view(HexBytes(bytes)));
}

void ArrayLiteral::AddNull() {
  Separate();
  text_.append("NULL");
}

std::string ArrayLiteral::Take() {
  text_.push_back('}');
  return std::exchange(text_, "{");
}

Params& Params::Add(std::string_view text) {
  RefuseNul(text);
  values_.emplace_back(std::string(text));
  return *this;
}

Params& Params::Add(std::int64_t value) {
  std::string text;
  AppendNumber(text, value);
  values_.emplace_back(std::move(text));
  return *this;
}

Params& Params::Add(double value) {
  values_.emplace_back(DoubleText(value));
  return *this;
}

Params& Params::Add(bool value) {
  values_.emplace_back(value ? "t" : "f");
  return *this;
}

Params& Params::Add(absl::Time time) {
  values_.emplace_back(TimestampText(time));
  return *this;
}

Params& Params::AddBytes(std::string_view bytes) {
  values_.emplace_back(HexBytes(bytes));
  return *this;
}

Params& Params::AddNull() {
  values_.emplace_back(std::nullopt);
  return *this;
}

Params& Params::AddArray(ArrayLiteral& array) {
  values_.emplace_back(array.Take());
  return *this;
}

}  // namespace derms::store
