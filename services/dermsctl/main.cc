// Binds dermsctl to its process: streams, terminal, environment, clock.
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "libs/base/lock_checks.h"
#include "services/dermsctl/app.h"

namespace {

std::optional<std::string> Environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

// The locale that decides how characters are encoded: the first of these that is set.
bool IsUtf8() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const std::string locale = Environment(name).value_or("");
    if (!locale.empty()) return locale.find("UTF-8") != std::string::npos || locale.find("utf8") != std::string::npos;
  }
  return false;
}

derms::dermsctl::Terminal DescribeTerminal() {
  derms::dermsctl::Terminal terminal;
  terminal.in = isatty(STDIN_FILENO) != 0;
  terminal.out = isatty(STDOUT_FILENO) != 0;
  terminal.err = isatty(STDERR_FILENO) != 0;
  terminal.utf8 = IsUtf8();
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) terminal.columns = size.ws_col;
  return terminal;
}

}  // namespace

int main(int argc, char** argv) {
  derms::base::SkipDeadlockDetection();
  const derms::base::SystemClock clock;
  derms::base::RandomIdSource ids;
  derms::dermsctl::World world{std::cin,    std::cout, std::cerr, DescribeTerminal(),
                               Environment, clock,     ids,       derms::client::Pacing::Real()};
  return derms::dermsctl::Run(std::vector<std::string>(argv + 1, argv + argc), world);
}
