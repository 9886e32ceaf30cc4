// A connection to one DERMS service: TLS, bearer token, deadline and retries in one place.
//
//   ASSIGN_OR_RETURN(auto registry, Connection::Open({.name = "registry", .address = "localhost:7001",
//                                                     .ca_file = "ca.pem", .token_file = "me.jwt"}));
//   ASSIGN_OR_RETURN(auto answer, registry->Call(&v1::RegistryService::Stub::GetDer, request));
//
// Errors come as absl::Status with reason and field violations (status.h). A service that cannot be reached gives
// UNAVAILABLE with reason UNREACHABLE, a deadline DEADLINE_EXCEEDED with reason TIMEOUT.
#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/base/clock.h"
#include "libs/base/error.h"
#include "libs/base/ids.h"
#include "libs/client/backoff.h"
#include "libs/client/status.h"
#include "libs/client/token_file.h"

namespace derms::client {

struct ConnectionOptions {
  std::string name = {};        // for messages, as "registry"
  std::string address = {};     // HOST:PORT
  std::string ca_file = {};     // PEM that the server's certificate must chain to; empty: the system's roots
  std::string token_file = {};  // empty: no token
  absl::Duration timeout = absl::Seconds(10);  // of a call with all its retries; of silence in a bulk stream
  RetryPolicy retry = {};
  bool own_socket = false;  // else connections to one address share one, with room for 1,000 calls under way
};

// Outside world of a connection; everything must outlive it and be thread-safe.
struct Surroundings {
  const base::Clock& clock;
  base::IdSource& ids;
  Pacing pacing;
};

// Sets the field `request_id` of a mutation when it has one and it is empty: the retries of one call must carry one id.
void FillRequestId(google::protobuf::Message& request, base::IdSource& ids);

// Thread-safe.
class Connection {
 public:
  // Opens lazily: only the CA file is read here (INVALID_ARGUMENT, reason CA_FILE_UNREADABLE). Always TLS.
  static absl::StatusOr<std::unique_ptr<Connection>> Open(const ConnectionOptions& options, Surroundings surroundings);
  // For a channel made elsewhere (tests).
  Connection(std::shared_ptr<grpc::Channel> channel, const ConnectionOptions& options, Surroundings surroundings);

  // One unary call, repeated while UNAVAILABLE or CANCELLED within the timeout and the policy. `timeout` replaces the
  // connection's for calls that are known to take longer.
  template <typename Stub, typename Request, typename Response>
  absl::StatusOr<Response> Call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                                Request request, std::optional<absl::Duration> timeout = std::nullopt) {
    FillRequestId(request, surroundings_.ids);
    Response response;
    RETURN_IF_ERROR(WithRetries(timeout.value_or(options_.timeout), [&](grpc::ClientContext& context) {
      Stub stub(channel_);
      response.Clear();
      return (stub.*method)(&context, request, &response);
    }));
    return response;
  }

  // Puts the token into the metadata of a call that is about to start.
  absl::Status Authorize(grpc::ClientContext& context);
  // Maps a failed call, naming this service where the answer does not come from it.
  absl::Status Explain(const grpc::Status& status) const;

  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }
  const ConnectionOptions& options() const { return options_; }
  const Surroundings& surroundings() const { return surroundings_; }

 private:
  absl::Status WithRetries(absl::Duration timeout, const std::function<grpc::Status(grpc::ClientContext&)>& attempt);

  const ConnectionOptions options_;
  const Surroundings surroundings_;
  const std::shared_ptr<grpc::Channel> channel_;
  TokenFile token_;
};

}  // namespace derms::client
