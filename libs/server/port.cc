#include "libs/server/port.h"

#include <grpcpp/security/server_credentials.h>
#include <grpcpp/security/tls_credentials_options.h>

#include "absl/time/clock.h"
#include "libs/base/error.h"

namespace derms::server {
namespace {

std::shared_ptr<grpc::ServerCredentials> MakeCredentials(CertificateReloader& certificates, bool require_client,
                                                         std::shared_ptr<grpc::AuthMetadataProcessor> gate) {
  grpc::experimental::TlsServerCredentialsOptions options(certificates.provider());
  options.watch_identity_key_cert_pairs();
  options.set_identity_cert_name("identity");
  if (certificates.asks_for_client_certificates()) {
    options.watch_root_certs();
    options.set_root_cert_name("client-ca");
    options.set_cert_request_type(require_client ? GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY
                                                 : GRPC_SSL_REQUEST_CLIENT_CERTIFICATE_AND_VERIFY);
  }
  auto credentials = grpc::experimental::TlsServerCredentials(options);
  credentials->SetAuthMetadataProcessor(std::move(gate));
  return credentials;
}

void SetLimits(grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(kMaxReceiveBytes);
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, kMaxMetadataBytes);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kMaxStreamsPerConnection);
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, kHandshakeTimeoutMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveTimeMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, kClientPingEveryMs);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS, kConnectionAgeMs);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS, kConnectionAgeGraceMs);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Port>> Port::Open(const Options& options, CertificateReloader& certificates,
                                                 std::shared_ptr<grpc::AuthMetadataProcessor> gate,
                                                 const std::vector<grpc::Service*>& services, observe::Metrics& metrics,
                                                 observe::Logger& logger) {
  std::unique_ptr<Port> port(new Port);
  ASSIGN_OR_RETURN(port->acceptor_, Acceptor::Listen(options.listen, metrics, logger));
  grpc::ServerBuilder builder;
  SetLimits(builder);
  port->hand_over_ = builder.experimental().AddExternalConnectionAcceptor(
      grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD,
      MakeCredentials(certificates, options.require_client_certificate, std::move(gate)));
  for (grpc::Service* service : services) builder.RegisterService(service);
  port->server_ = builder.BuildAndStart();
  if (port->server_ == nullptr) return base::Internal("SERVER_START", "gRPC could not start; its reason is in the log");
  port->acceptor_->Start([hand_over = port->hand_over_.get()](int listener_fd, int connection_fd) {
    grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters parameters;
    parameters.listener_fd = listener_fd;
    parameters.fd = connection_fd;
    hand_over->HandleNewConnection(&parameters);
  });
  return port;
}

Port::~Port() {
  Shutdown(absl::Now());
}

void Port::Shutdown(absl::Time deadline) {
  if (server_ == nullptr) return;
  acceptor_->Stop();
  server_->Shutdown(absl::ToChronoTime(deadline));
  server_->Wait();
  server_.reset();
}

}  // namespace derms::server
