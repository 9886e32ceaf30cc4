#include "services/admin/token.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "absl/strings/str_cat.h"
#include "libs/auth/claims.h"
#include "libs/base/clock.h"
#include "libs/base/error.h"
#include "libs/base/ids.h"
#include "nlohmann/json.hpp"
#include "services/admin/command.h"
#include "services/admin/secret_file.h"

namespace derms::admin {
namespace {

struct Options {
  std::string key_path;
  std::string out_path;
  TokenWish wish;
};

absl::Status Run(Options options) {
  ASSIGN_OR_RETURN(const std::string pem, ReadFile(options.key_path));
  ASSIGN_OR_RETURN(const SigningKey key, SigningKey::FromPem(pem));
  if (options.wish.token_id.empty()) options.wish.token_id = base::RandomIdSource().NewId();
  const absl::Time now = base::SystemClock().Now();
  ASSIGN_OR_RETURN(const std::string token, MakeToken(key, options.wish, now));
  if (options.out_path.empty()) {
    std::cout << token << "\n";
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(WriteFile(options.out_path, token + "\n", kSecretMode, Existing::kReplace));
  std::cout << "wrote " << options.out_path << ": subject " << options.wish.subject << ", until "
            << absl::FormatTime("%Y-%m-%d", now + absl::Hours(24 * options.wish.days), absl::UTCTimeZone()) << ", id "
            << options.wish.token_id << "\n";
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> MakeToken(const SigningKey& key, const TokenWish& wish, absl::Time now) {
  if (!auth::IsValidSubject(wish.subject)) {
    return base::InvalidArgument("INVALID_SUBJECT", "--subject must be 1 to 255 visible ASCII characters");
  }
  if (wish.days < 1 || wish.days > kMaxTokenDays) {
    return base::InvalidArgument("INVALID_LIFETIME", absl::StrCat("--days must be 1 to ", kMaxTokenDays));
  }
  if (!auth::IsValidSubject(wish.token_id)) {
    return base::InvalidArgument("INVALID_TOKEN_ID", "--jti must be 1 to 255 visible ASCII characters");
  }
  const nlohmann::ordered_json claims = {{"iss", wish.issuer},
                                         {"sub", wish.subject},
                                         {"aud", wish.audience},
                                         {"iat", absl::ToUnixSeconds(now)},
                                         {"exp", absl::ToUnixSeconds(now + absl::Hours(24 * wish.days))},
                                         {"jti", wish.token_id}};
  // Text that is not UTF-8 (an issuer from the command line) is replaced, not thrown.
  return key.SignCompact(claims.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

void AddTokenCommand(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* token = app.add_subcommand("token", "Sign a token for a subject (roles are granted in the database)");
  token->add_option("--key", options->key_path, "Private key in PEM, from derms-admin keys generate")->required();
  token->add_option("--subject", options->wish.subject, "Who the token speaks for (claim sub)")->required();
  token->add_option("--audience", options->wish.audience, "Claim aud")->capture_default_str();
  token->add_option("--issuer", options->wish.issuer, "Claim iss")->capture_default_str();
  token->add_option("--days", options->wish.days, "Days until it expires, 1 to 31")->capture_default_str();
  token->add_option("--jti", options->wish.token_id, "Id for RevokeToken; default: a random UUID");
  token->add_option("--out", options->out_path, "File, mode 0600, replaced if there; default: standard output");
  token->footer(
      "Example: derms-admin token --key var/keys/dev.pem --subject admin-1 --days 30 --out var/tokens/admin.jwt");
  token->callback([options] { FinishCommand(Run(*options)); });
}

}  // namespace derms::admin
