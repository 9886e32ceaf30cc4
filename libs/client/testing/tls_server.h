// For tests: a real gRPC server on a free port of this machine, with a TLS identity made on the spot.
#pragma once

#include <grpcpp/server.h>
#include <grpcpp/support/config.h>

#include <initializer_list>
#include <memory>
#include <string>

#include "libs/client/connection.h"

namespace grpc {
class Service;
}

namespace derms::client::testing {

// A self-signed certificate for "localhost" and its key, PEM.
struct TlsIdentity {
  std::string certificate;
  std::string key;
};
TlsIdentity MakeTlsIdentity();

// Writes a file into GoogleTest's folder for temporary files and returns its path.
std::string WriteTemporaryFile(const std::string& name, const std::string& content);

class TlsServer {
 public:
  // The services must outlive the server. `port` 0 takes a free one.
  explicit TlsServer(std::initializer_list<grpc::Service*> services, int port = 0);
  ~TlsServer();

  int port() const { return port_; }
  std::string address() const;
  const std::string& ca_file() const { return ca_file_; }

 private:
  int port_ = 0;
  std::string ca_file_;
  std::unique_ptr<grpc::Server> server_;
};

// Pacing that never waits and draws 0.5; counts the waits.
struct InstantPacing {
  std::vector<absl::Duration> waits;
  Pacing pacing();
};

}  // namespace derms::client::testing
