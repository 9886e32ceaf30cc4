// SHA-256 by OpenSSL, for keys and hash chains.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace derms::base {

using Sha256Digest = std::array<std::uint8_t, 32>;

Sha256Digest Sha256(std::string_view bytes);
std::string ToHex(const Sha256Digest& digest);

}  // namespace derms::base
