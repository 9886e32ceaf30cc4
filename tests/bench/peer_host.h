// What a server to compare with has in common with the product: the port with its TLS, the gate with its tokens, and
// the roles of the same tables. What stands behind them is its own.
#pragma once

#include <grpcpp/impl/service_type.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/auth/authenticator.h"
#include "libs/server/config.h"

namespace derms::bench {

// Makes the RegistryService of a peer. The authenticator outlives it.
using MakePeer =
    std::function<absl::StatusOr<std::unique_ptr<grpc::Service>>(const server::Config&, auth::Authenticator&)>;

// The life of a peer's process until SIGTERM, with the settings of the product's services (libs/server/config.h).
// Returns the exit code.
int RunPeer(const std::string& name, const std::vector<std::string>& arguments, const MakePeer& make_peer);

}  // namespace derms::bench
