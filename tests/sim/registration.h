// Brings a fleet to where a gateway can speak for it: registered by its owner, delegated to the gateway, ONLINE.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "derms/v1/registry.pb.h"
#include "libs/client/connection.h"

namespace derms::sim {

// Whose token the connection carries, by the service's word.
absl::StatusOr<std::string> SubjectOf(client::Connection& registry);

// Does what is missing, so that a repetition changes nothing. DERs that are there stay as they are; one in MAINTENANCE
// stays in it. `as_owner` has the token of the owner of them all; an empty `gateway_id` delegates nothing. The first
// error of a DER, or of the calls.
absl::Status PrepareFleet(client::Connection& as_owner, std::vector<v1::RegisterDerRequest> fleet,
                          const std::string& gateway_id);

}  // namespace derms::sim
