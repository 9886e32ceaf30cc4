// Rules of text fields. Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "derms/v1/policy.pb.h"

namespace derms::wire {

bool IsValidUtf8(std::string_view text);  // RFC 3629: no overlong forms, no surrogates, at most U+10FFFF

// Whether text has a control character: C0, DEL or C1. Line breaks (\n) and tabs pass where `multi_line`.
// Expects valid UTF-8.
bool HasControlCharacter(std::string_view text, bool multi_line);

bool MatchesFormat(std::string_view text, v1::TextFormat format);

// What the format asks for, as the end of a sentence: "must be 3 to 64 characters: ...".
std::string_view FormatRule(v1::TextFormat format);

}  // namespace derms::wire
