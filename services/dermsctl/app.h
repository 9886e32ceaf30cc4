// dermsctl as a function: arguments and a world in, an exit code out. main.cc binds it to the process.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "services/dermsctl/command.h"
#include "services/dermsctl/session.h"

namespace derms::dermsctl {

// The whole command line. `options` and `selected` are filled by parsing and must outlive the application.
std::unique_ptr<CLI::App> BuildApp(GlobalOptions& options, Selected& selected);

// Parses, runs and reports. Precedence of a setting: option, environment, configuration file, default.
int Run(const std::vector<std::string>& arguments, World& world);

}  // namespace derms::dermsctl
