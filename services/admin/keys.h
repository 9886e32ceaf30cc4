// derms-admin keys: the key pair that signs tokens where no identity provider does.
#pragma once

#include <CLI/App.hpp>
#include <string>

#include "absl/status/status.h"

namespace derms::admin {

inline constexpr char kPrivateKeyFile[] = "dev.pem";
inline constexpr char kJwksFile[] = "jwks.json";

// Writes FOLDER/dev.pem (private, mode 0600) and FOLDER/jwks.json (public, for --jwks-file of the services), each whole
// or not at all. ALREADY_EXISTS reason FILE_EXISTS when either is there and `replace` is false: every token signed by
// the old key would stop working.
absl::Status GenerateKeys(const std::string& folder, bool replace);

void AddKeysCommand(CLI::App& app);

}  // namespace derms::admin
