// Where the options of every command come from when the command line does not give them: the environment, then the
// file $XDG_CONFIG_HOME/dermsctl.toml (else ~/.config/dermsctl.toml):
//   registry = "grid.example:7001"
//   ca = "/etc/derms/ca.pem"
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "absl/status/status.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace derms::dermsctl {

using Environment = std::function<std::optional<std::string>(const std::string&)>;

// DERMS_TOKEN_FILE for --token-file; empty for flags and for options that only the command line may give.
std::string EnvironmentVariableOf(const CLI::Option& option);

// Makes both the defaults of the options; to be called before parsing. INVALID_ARGUMENT with reason
// INVALID_ENVIRONMENT for a value that does not fit; with INVALID_CONFIG_FILE for a file that does not parse or that
// sets anything but such an option: a file must not confirm an emergency order. A missing file is no error.
absl::Status ApplySettings(CLI::App& app, const Environment& environment);

}  // namespace derms::dermsctl
