// Listening sockets for an address as an operator writes it.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/server/acceptor.h"

namespace derms::server {

struct ListeningSockets {
  std::vector<OwnedFd> fds;  // non-blocking
  int port = 0;
};

// See Acceptor::Options. Without SO_REUSEPORT: two processes must not silently share a port. A host without IPv6
// serves "localhost" and "*" over IPv4 alone.
absl::StatusOr<ListeningSockets> OpenListeningSockets(const std::string& listen_address, int port);

}  // namespace derms::server
