// The optimizer's handlers and service classes, wired together.
#pragma once

#include <memory>

#include "libs/server/service_host.h"

namespace derms::optimizer {

// What main hands to server::RunService.
absl::StatusOr<std::unique_ptr<server::HostedServices>> MakeOptimizer(server::ServiceHost& host);

}  // namespace derms::optimizer
