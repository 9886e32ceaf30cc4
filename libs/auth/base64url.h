// Unpadded base64url (RFC 4648 section 5 as RFC 7515 uses it), strict: one text for each sequence of bytes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace derms::auth {

std::string EncodeBase64Url(std::string_view bytes);

// None for padding, white space, a foreign character, an impossible length, or set bits after the last byte: what
// another component of a chain (a proxy, a log) reads in a token must be what we read.
std::optional<std::string> DecodeBase64Url(std::string_view text);

}  // namespace derms::auth
