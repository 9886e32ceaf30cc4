// JSON Web Signatures in compact form (RFC 7515), read strictly after RFC 8725.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "libs/auth/jwks.h"

namespace derms::auth {

inline constexpr std::size_t kMaxTokenBytes = 4096;  // gRPC's core refuses more than 8 KiB of metadata by default

// The signed payload of `token`, as bytes. UNAUTHENTICATED with a precise reason, which is for metrics and logs and
// never for the caller: TOKEN_TOO_LARGE, TOKEN_MALFORMED, TOKEN_HEADER, TOKEN_TYPE, TOKEN_KEY_UNKNOWN,
// TOKEN_ALGORITHM, TOKEN_SIGNATURE. Nothing in the token is ever fetched or opened: a key id is only looked up.
absl::StatusOr<std::string> VerifyJws(std::string_view token, const KeySet& keys);

}  // namespace derms::auth
