// The only door of a process: the one place in the tree that builds a gRPC server.
//
// TLS always, the gate always, our own accept loop, limits always. tests/tidy refuses a second ServerBuilder.
#pragma once

#include <grpcpp/impl/service_type.h>
#include <grpcpp/security/auth_metadata_processor.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/observe/log.h"
#include "libs/observe/metrics.h"
#include "libs/server/acceptor.h"
#include "libs/server/certificates.h"

namespace derms::server {

inline constexpr int kMaxReceiveBytes = 4 << 20;  // bulk messages: 10,000 readings are about 1 MiB
inline constexpr int kMaxMetadataBytes = 16 << 10;
inline constexpr int kMaxStreamsPerConnection = 1000;  // calls under way; beyond it gRPC lets them wait
inline constexpr int kHandshakeTimeoutMs = 10'000;
inline constexpr int kKeepaliveTimeMs = 30'000;
inline constexpr int kKeepaliveTimeoutMs = 20'000;
inline constexpr int kClientPingEveryMs = 15'000;     // clients that ping more often are cut off
inline constexpr int kConnectionAgeMs = 10 * 60'000;  // then clients resolve again and spread over replicas
inline constexpr int kConnectionAgeGraceMs = 60'000;  // streams resume by sequence

class Port {
 public:
  struct Options {
    Acceptor::Options listen;
    bool require_client_certificate = false;  // only with a client CA
  };

  // Serves `services` until Shutdown. Everything given outlives the port. INTERNAL SERVER_START when gRPC refuses;
  // errors of Acceptor::Listen.
  static absl::StatusOr<std::unique_ptr<Port>> Open(const Options& options, CertificateReloader& certificates,
                                                    std::shared_ptr<grpc::AuthMetadataProcessor> gate,
                                                    const std::vector<grpc::Service*>& services,
                                                    observe::Metrics& metrics, observe::Logger& logger);
  ~Port();

  int port() const { return acceptor_->port(); }
  void StopAccepting() { acceptor_->Stop(); }
  // Lets calls under way end until `deadline`, cancels the rest, returns when the last has ended.
  void Shutdown(absl::Time deadline);

 private:
  Port() = default;
  std::unique_ptr<Acceptor> acceptor_;
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> hand_over_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace derms::server
