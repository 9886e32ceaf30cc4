#include "libs/wire/text.h"

#include <algorithm>
#include <cstdint>

#include "libs/base/ids.h"

namespace derms::wire {
namespace {

bool IsLetter(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}
bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}
bool IsHex(char c) {
  return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool IsName(std::string_view text) {
  constexpr std::size_t kMaxLength = 64;
  if (text.empty() || text.size() > kMaxLength || !IsLetter(text[0])) return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return IsLetter(c) || IsDigit(c) || c == '_' || c == '-' || c == '.'; });
}

bool IsSubject(std::string_view text) {
  constexpr std::size_t kMaxLength = 255;
  return !text.empty() && text.size() <= kMaxLength &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

bool IsUuid(std::string_view text) {
  constexpr std::size_t kLength = 36;
  if (text.size() != kLength) return false;
  for (std::size_t i = 0; i < kLength; ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : !IsHex(text[i])) return false;
  }
  return true;
}

// Length of the UTF-8 sequence at the front of `text`, 0 when it is not valid.
std::size_t SequenceLength(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  const std::uint8_t next = byte(1);
  const bool overlong = (lead == 0xe0 && next < 0xa0) || (lead == 0xf0 && next < 0x90);
  const bool surrogate = lead == 0xed && next > 0x9f;
  const bool beyond = lead == 0xf4 && next > 0x8f;
  return overlong || surrogate || beyond ? 0 : length;
}

}  // namespace

bool IsValidUtf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = SequenceLength(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

bool HasControlCharacter(std::string_view text, bool multi_line) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<std::uint8_t>(text[i]);
    if (multi_line && (byte == '\n' || byte == '\t')) continue;
    if (byte < 0x20 || byte == 0x7f) return true;
    // C1 is U+0080 to U+009F, in UTF-8 0xC2 0x80 to 0xC2 0x9F.
    if (byte == 0xc2 && i + 1 < text.size() && static_cast<std::uint8_t>(text[i + 1]) < 0xa0) return true;
  }
  return false;
}

bool MatchesFormat(std::string_view text, v1::TextFormat format) {
  switch (format) {
    case v1::TEXT_FORMAT_DER_ID:
      return base::ValidateDerId(text).ok();
    case v1::TEXT_FORMAT_DER_ID_OR_ALL:
      return text == base::kAllDers || base::ValidateDerId(text).ok();
    case v1::TEXT_FORMAT_NAME:
      return IsName(text);
    case v1::TEXT_FORMAT_SUBJECT:
      return IsSubject(text);
    case v1::TEXT_FORMAT_UUID:
      return IsUuid(text);
    default:
      return true;
  }
}

std::string_view FormatRule(v1::TextFormat format) {
  switch (format) {
    case v1::TEXT_FORMAT_DER_ID:
      return "must be 3 to 64 characters: a capital letter, then capital letters, digits, '_' or '-', and not ALL_DERS";
    case v1::TEXT_FORMAT_DER_ID_OR_ALL:
      return "must be ALL_DERS or 3 to 64 characters: a capital letter, then capital letters, digits, '_' or '-'";
    case v1::TEXT_FORMAT_NAME:
      return "must be 1 to 64 characters: a letter, then letters, digits, '_', '-' or '.'";
    case v1::TEXT_FORMAT_SUBJECT:
      return "must be 1 to 255 visible ASCII characters without spaces";
    case v1::TEXT_FORMAT_UUID:
      return "must be a UUID, as 3f2b8c1e-5d6a-4b7c-8d9e-0a1b2c3d4e5f";
    default:
      return "must be text";
  }
}

}  // namespace derms::wire
