#include "services/admin/bootstrap.h"

#include <openssl/rand.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "libs/base/error.h"
#include "libs/base/sha256.h"
#include "services/admin/command.h"
#include "services/admin/secret_file.h"

namespace derms::admin {
namespace {

void ExplainUse(const std::string& path) {
  std::cout << "wrote " << path << "\n"
            << "1. start the registry with   --bootstrap-secret-file " << path << "\n"
            << "2. become the first admin with a token of your own:\n"
            << "     grpcurl -cacert var/tls/ca.pem -H \"authorization: Bearer $(cat var/tokens/admin.jwt)\" \\\n"
            << "       -d \"{\\\"bootstrap_secret\\\": \\\"$(cat " << path << ")\\\"}\" \\\n"
            << "       localhost:7001 derms.v1.AccessService/Initialize\n"
            << "3. delete the file: the first success is the only one\n";
}

}  // namespace

absl::Status WriteBootstrapSecret(const std::string& path, bool replace) {
  base::Sha256Digest secret = {};  // 256 bits, by coincidence the size of a digest
  if (RAND_bytes(secret.data(), static_cast<int>(secret.size())) != 1) {
    return base::Internal("NO_RANDOMNESS", "OpenSSL has no randomness");
  }
  return WriteFile(path, base::ToHex(secret), kSecretMode, replace ? Existing::kReplace : Existing::kKeep);
}

void AddBootstrapCommand(CLI::App& app) {
  struct Options {
    std::string path;
    bool force = false;
  };
  auto options = std::make_shared<Options>();
  CLI::App* bootstrap = app.add_subcommand("bootstrap", "The secret that makes the first admin");
  bootstrap->require_subcommand(1);
  CLI::App* secret = bootstrap->add_subcommand("secret", "Write a random secret of 256 bit and say how to use it");
  secret->add_option("--out", options->path, "File, mode 0600")->required();
  secret->add_flag("--force", options->force, "Replace an existing file");
  secret->footer("Example: derms-admin bootstrap secret --out var/keys/bootstrap.secret");
  secret->callback([options] {
    FinishCommand(WriteBootstrapSecret(options->path, options->force));
    ExplainUse(options->path);
  });
}

}  // namespace derms::admin
