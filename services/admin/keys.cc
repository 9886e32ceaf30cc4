#include "services/admin/keys.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "services/admin/command.h"
#include "services/admin/secret_file.h"
#include "services/admin/signing_key.h"

namespace derms::admin {

absl::Status GenerateKeys(const std::string& folder, bool replace) {
  const std::string private_path = absl::StrCat(folder, "/", kPrivateKeyFile);
  const std::string jwks_path = absl::StrCat(folder, "/", kJwksFile);
  const Existing existing = replace ? Existing::kReplace : Existing::kKeep;
  if (!replace && access(jwks_path.c_str(), F_OK) == 0) {  // before the first file, so that none is left alone
    return base::AlreadyExists("FILE_EXISTS", absl::StrCat(jwks_path, " exists; --force replaces it"));
  }
  ASSIGN_OR_RETURN(const SigningKey key, SigningKey::Generate());
  RETURN_IF_ERROR(WriteFile(private_path, key.PrivatePem(), kSecretMode, existing));
  return WriteFile(jwks_path, key.Jwks(), kPublicMode, existing);
}

void AddKeysCommand(CLI::App& app) {
  struct Options {
    std::string folder;
    bool force = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App* keys = app.add_subcommand("keys", "The key pair that signs tokens");
  keys->require_subcommand(1);
  CLI::App* generate = keys->add_subcommand("generate", "Generate an ES256 key pair and its public key set");
  generate->add_option("--out", options->folder, "Folder for dev.pem (private) and jwks.json (public)")->required();
  generate->add_flag("--force", options->force, "Replace existing files; tokens of the old key stop working");
  generate->footer("Example: derms-admin keys generate --out var/keys");
  generate->callback([options] {
    FinishCommand(GenerateKeys(options->folder, options->force));
    std::cout << "wrote " << options->folder << "/" << kPrivateKeyFile << " (private: keep it off the services) and "
              << options->folder << "/" << kJwksFile << " (for --jwks-file)\n";
  });
}

}  // namespace derms::admin
