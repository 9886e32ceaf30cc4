#include "libs/auth/base64url.h"

#include "absl/strings/escaping.h"

namespace derms::auth {

std::string EncodeBase64Url(std::string_view bytes) {
  return absl::WebSafeBase64Escape(absl::string_view(bytes.data(), bytes.size()));
}

std::optional<std::string> DecodeBase64Url(std::string_view text) {
  std::string bytes;
  if (!absl::WebSafeBase64Unescape(absl::string_view(text.data(), text.size()), &bytes)) return std::nullopt;
  // Abseil forgives padding, spaces and stray bits; the round trip does not.
  if (EncodeBase64Url(bytes) != text) return std::nullopt;
  return bytes;
}

}  // namespace derms::auth
