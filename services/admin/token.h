// derms-admin token: a signed token for one subject. It proves who the subject is and nothing more: roles are granted
// in the database (AccessService.GrantRole).
#pragma once

#include <CLI/App.hpp>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/admin/signing_key.h"

namespace derms::admin {

inline constexpr int kMaxTokenDays = 31;  // the services accept no longer life (libs/auth/claims.h)

struct TokenWish {
  std::string subject;  // 1 to 255 visible ASCII characters
  std::string audience = "derms";
  std::string issuer = "derms-admin";
  int days = 30;         // 1 to 31
  std::string token_id;  // claim jti, by which RevokeToken finds it
};

// A compact JWT that holds from `now`. INVALID_ARGUMENT reason INVALID_SUBJECT, INVALID_LIFETIME or INVALID_TOKEN_ID.
absl::StatusOr<std::string> MakeToken(const SigningKey& key, const TokenWish& wish, absl::Time now);

void AddTokenCommand(CLI::App& app);

}  // namespace derms::admin
