#include "libs/wire/page_token.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/base/sha256.h"
#include "libs/wire/request_digest.h"

namespace derms::wire {
namespace {

using google::protobuf::Message;

// Bytes of a token: version, check sum over request and keys, then each key after its length (two bytes, high first).
constexpr char kVersion = 1;
constexpr std::size_t kCheckBytes = 16;
constexpr std::size_t kLengthBytes = 2;
constexpr std::size_t kMaxKeyBytes = 512;

std::string PackKeys(const std::vector<std::string>& keys) {
  std::string packed;
  for (const std::string& key : keys) {
    packed.push_back(static_cast<char>(key.size() >> 8));
    packed.push_back(static_cast<char>(key.size() & 0xff));
    packed += key;
  }
  return packed;
}

std::optional<std::vector<std::string>> UnpackKeys(std::string_view packed) {
  std::vector<std::string> keys;
  while (!packed.empty()) {
    if (packed.size() < kLengthBytes) return std::nullopt;
    const auto high = static_cast<std::uint8_t>(packed[0]), low = static_cast<std::uint8_t>(packed[1]);
    const std::size_t length = static_cast<std::size_t>(high) << 8 | low;
    packed.remove_prefix(kLengthBytes);
    if (length > kMaxKeyBytes || length > packed.size()) return std::nullopt;
    keys.emplace_back(packed.substr(0, length));
    packed.remove_prefix(length);
  }
  return keys;
}

std::string CheckSum(const Message& request, std::string_view packed_keys) {
  const base::Sha256Digest filters = base::Sha256(BytesWithout(request, {"page_size", "page_token"}));
  const base::Sha256Digest sum =
      base::Sha256(absl::StrCat(request.GetDescriptor()->full_name(), std::string(1, '\0'),
                                std::string(filters.begin(), filters.end()), std::string(packed_keys)));
  return std::string(sum.begin(), sum.begin() + kCheckBytes);
}

std::string TokenOf(const Message& request) {
  const auto* field = request.GetDescriptor()->FindFieldByName("page_token");
  return field == nullptr ? "" : request.GetReflection()->GetString(request, field);
}

absl::Status InvalidToken() {
  constexpr char kRule[] = "must be the next_page_token of the same request; start again without it";
  return base::InvalidArgument("INVALID_PAGE_TOKEN", absl::StrCat("page_token ", kRule)).Field("page_token", kRule);
}

}  // namespace

std::size_t PageSize(int requested, std::size_t usual, std::size_t most) {
  return requested <= 0 ? usual : std::min(static_cast<std::size_t>(requested), most);
}

std::string MakePageToken(const Message& request, const std::vector<std::string>& keys) {
  const std::string packed = PackKeys(keys);
  return absl::WebSafeBase64Escape(absl::StrCat(std::string(1, kVersion), CheckSum(request, packed), packed));
}

absl::StatusOr<std::vector<std::string>> ReadPageToken(const Message& request, std::size_t key_count) {
  const std::string token = TokenOf(request);
  if (token.empty()) return std::vector<std::string>();
  std::string bytes;
  // Decoding forgives variants of base64; only the one spelling that we write is ours.
  if (!absl::WebSafeBase64Unescape(token, &bytes) || absl::WebSafeBase64Escape(bytes) != token) return InvalidToken();
  if (bytes.size() < 1 + kCheckBytes || bytes[0] != kVersion) return InvalidToken();
  const std::string_view packed = std::string_view(bytes).substr(1 + kCheckBytes);
  if (CheckSum(request, packed) != bytes.substr(1, kCheckBytes)) return InvalidToken();
  auto keys = UnpackKeys(packed);
  if (!keys || keys->size() != key_count) return InvalidToken();
  return *std::move(keys);
}

std::string MakePageToken(const Message& request, absl::Time time, std::string_view id) {
  return MakePageToken(request, {absl::StrCat(absl::ToUnixMicros(time)), std::string(id)});
}

absl::StatusOr<std::optional<TimeKey>> ReadTimePageToken(const Message& request) {
  ASSIGN_OR_RETURN(std::vector<std::string> keys, ReadPageToken(request, 2));
  std::optional<TimeKey> key;
  std::int64_t micros = 0;
  if (keys.empty()) return key;
  if (!absl::SimpleAtoi(keys[0], &micros)) return InvalidToken();
  key.emplace(absl::FromUnixMicros(micros), std::move(keys[1]));
  return key;
}

}  // namespace derms::wire
