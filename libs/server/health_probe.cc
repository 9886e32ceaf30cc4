#include "libs/server/health_probe.h"

#include <grpcpp/create_channel.h>

#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "grpc/health/v1/health.grpc.pb.h"

namespace derms::server {
namespace {

using grpc::health::v1::HealthCheckResponse;

std::string TextOfFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string Target(const Config& config) {
  const bool anywhere =
      config.listen_address == "*" || config.listen_address == "0.0.0.0" || config.listen_address == "::";
  return absl::StrCat(anywhere ? "localhost" : config.listen_address, ":", config.port);
}

}  // namespace

ProbeOutcome ProbeHealth(const Config& config, absl::Duration limit) {
  grpc::SslCredentialsOptions tls;
  tls.pem_root_certs = TextOfFile(config.tls_ca.empty() ? config.tls_cert : config.tls_ca);
  if (tls.pem_root_certs.empty()) return {ProbeResult::kUsage, "give --tls-ca or --tls-cert: a readable PEM file"};
  if (config.require_client_cert) {
    tls.pem_cert_chain = TextOfFile(config.tls_cert);
    tls.pem_private_key = TextOfFile(config.tls_key);
  }
  const auto channel = grpc::CreateChannel(Target(config), grpc::SslCredentials(tls));
  const auto deadline = absl::ToChronoTime(absl::Now() + limit);
  if (!channel->WaitForConnected(deadline)) {
    return {ProbeResult::kNoConnection, absl::StrCat("no connection to ", Target(config))};
  }
  grpc::ClientContext context;
  context.set_deadline(deadline);
  grpc::health::v1::HealthCheckRequest request;
  request.set_service("readiness");
  HealthCheckResponse response;
  const grpc::Status status = grpc::health::v1::Health::NewStub(channel)->Check(&context, request, &response);
  if (!status.ok()) return {ProbeResult::kNoAnswer, absl::StrCat("no answer: ", status.error_message())};
  const bool serving = response.status() == HealthCheckResponse::SERVING;
  return {serving ? ProbeResult::kServing : ProbeResult::kNotServing, serving ? "SERVING" : "NOT_SERVING"};
}

}  // namespace derms::server
