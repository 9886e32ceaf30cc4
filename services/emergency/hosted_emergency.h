// The emergency service's handlers and service classes, wired together.
#pragma once

#include <memory>

#include "libs/server/service_host.h"

namespace derms::emergency {

// What main hands to server::RunService.
absl::StatusOr<std::unique_ptr<server::HostedServices>> MakeEmergency(server::ServiceHost& host);

}  // namespace derms::emergency
