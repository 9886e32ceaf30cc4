// The registry's handlers and service classes, wired together.
#pragma once

#include <memory>
#include <vector>

#include "libs/server/service_host.h"

namespace derms::registry {

// What main hands to server::RunService. INVALID_ARGUMENT BOOTSTRAP_SECRET_UNREADABLE when the file of the bootstrap
// secret is named and cannot be read; without a file nobody can initialise the installation. INVALID_PROFILE when a
// file of the folder of grid code profiles is wrong.
absl::StatusOr<std::unique_ptr<server::HostedServices>> MakeRegistry(server::ServiceHost& host);

}  // namespace derms::registry
