#include "services/admin/command.h"

#include <CLI/CLI.hpp>
#include <iostream>

namespace derms::admin {

void FinishCommand(const absl::Status& status) {
  if (status.ok()) return;
  std::cerr << "derms-admin: " << std::string(status.message()) << "\n";
  throw CLI::RuntimeError(1);
}

}  // namespace derms::admin
