#include "libs/client/connection.h"

#include <google/protobuf/message.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"

namespace derms::client {
namespace {

constexpr int kKeepaliveTimeMs = 20'000;  // the services allow one ping per 15 s
constexpr int kKeepaliveTimeoutMs = 10'000;
constexpr int kMaxMessageBytes = 16 * 1024 * 1024;
constexpr int kMinReconnectMs = 100;  // gRPC's own delay (1 s) would eat the retries of a call
constexpr int kMaxReconnectMs = 2'000;
constexpr int kConnectTimeoutMs = 10'000;  // of TCP and TLS together: the services give a handshake as long

absl::StatusOr<std::string> ReadCaFile(const std::string& path) {
  if (path.empty()) return std::string();
  std::ifstream file(path);
  std::stringstream content;
  if (!file || !(content << file.rdbuf())) {
    return base::InvalidArgument("CA_FILE_UNREADABLE", absl::StrCat("cannot read the CA file ", path));
  }
  if (content.str().find("-----BEGIN CERTIFICATE-----") == std::string::npos) {
    return base::InvalidArgument("CA_FILE_UNREADABLE", absl::StrCat("the CA file ", path, " holds no PEM certificate"));
  }
  return content.str();
}

grpc::ChannelArguments ArgumentsOf(const ConnectionOptions& options) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveTimeMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kMinReconnectMs);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, kConnectTimeoutMs);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kMaxReconnectMs);
  arguments.SetMaxReceiveMessageSize(kMaxMessageBytes);
  if (options.own_socket) arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return arguments;
}

}  // namespace

void FillRequestId(google::protobuf::Message& request, base::IdSource& ids) {
  const auto* field = request.GetDescriptor()->FindFieldByName("request_id");
  if (field == nullptr || field->cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_STRING) return;
  const auto* reflection = request.GetReflection();
  if (reflection->GetString(request, field).empty()) reflection->SetString(&request, field, ids.NewId());
}

absl::StatusOr<std::unique_ptr<Connection>> Connection::Open(const ConnectionOptions& options,
                                                             Surroundings surroundings) {
  grpc::SslCredentialsOptions tls;
  ASSIGN_OR_RETURN(tls.pem_root_certs, ReadCaFile(options.ca_file));
  auto channel = grpc::CreateCustomChannel(options.address, grpc::SslCredentials(tls), ArgumentsOf(options));
  return std::make_unique<Connection>(std::move(channel), options, std::move(surroundings));
}

Connection::Connection(std::shared_ptr<grpc::Channel> channel, const ConnectionOptions& options,
                       Surroundings surroundings)
    : options_(options),
      surroundings_(std::move(surroundings)),
      channel_(std::move(channel)),
      token_(options.token_file) {}

absl::Status Connection::Authorize(grpc::ClientContext& context) {
  ASSIGN_OR_RETURN(const std::string token, token_.Read());
  if (!token.empty()) context.AddMetadata("authorization", absl::StrCat("Bearer ", token));
  return absl::OkStatus();
}

absl::Status Connection::Explain(const grpc::Status& status) const {
  absl::Status answer = FromGrpc(status);
  if (answer.ok() || !base::ReasonOf(answer).empty() || !status.error_details().empty()) return answer;
  if (status.error_code() == grpc::StatusCode::UNAVAILABLE) {
    return base::Unavailable("UNREACHABLE", absl::StrCat("cannot reach the ", options_.name, " at ", options_.address,
                                                         ": ", status.error_message()));
  }
  if (status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED) {
    return base::DeadlineExceeded(
        "TIMEOUT", absl::StrCat("the ", options_.name, " at ", options_.address, " did not answer in time"));
  }
  return answer;
}

absl::Status Connection::WithRetries(absl::Duration timeout,
                                     const std::function<grpc::Status(grpc::ClientContext&)>& attempt) {
  const absl::Time deadline = surroundings_.clock.Now() + timeout;
  Backoff backoff(options_.retry, surroundings_.pacing);
  while (true) {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(deadline));
    RETURN_IF_ERROR(Authorize(context));
    const grpc::Status status = attempt(context);
    if (status.ok()) return absl::OkStatus();
    if (!IsRetryable(status) || !backoff.HasNext()) return Explain(status);
    const absl::Duration delay = backoff.Next(RetryDelayOf(status));
    if (surroundings_.clock.Now() + delay >= deadline) return Explain(status);  // the answer known beats a timeout
    surroundings_.pacing.sleep(delay);
  }
}

}  // namespace derms::client
