// derms-admin bootstrap: the secret that makes the first admin (AccessService.Initialize), once.
#pragma once

#include <CLI/App.hpp>
#include <string>

#include "absl/status/status.h"

namespace derms::admin {

// Writes 256 random bits as 64 hexadecimal digits, without a line end: the registry compares the file's content.
// ALREADY_EXISTS reason FILE_EXISTS unless `replace`.
absl::Status WriteBootstrapSecret(const std::string& path, bool replace);

void AddBootstrapCommand(CLI::App& app);

}  // namespace derms::admin
