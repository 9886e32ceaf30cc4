// A server with one transaction per call behind the product's port and gate: plain_registry.h.
//
//   plain_server FLAG...     flags as those of derms-registry; --database-connections is the size of its pool
#include <utility>
#include <vector>

#include "libs/base/error.h"
#include "tests/bench/peer_host.h"
#include "tests/bench/plain_registry.h"

int main(int argc, char** argv) {
  using namespace derms;
  return bench::RunPeer(
      "plain_server", std::vector<std::string>(argv + 1, argv + argc),
      [](const server::Config& config,
         auth::Authenticator& authenticator) -> absl::StatusOr<std::unique_ptr<grpc::Service>> {
        ASSIGN_OR_RETURN(auto registry,
                         bench::PlainRegistry::Open(config.database_url, config.database_connections, authenticator));
        return std::unique_ptr<grpc::Service>(std::move(registry));
      });
}
