// The one place where an error of ours becomes one of gRPC, with google.rpc details.
//
// Every failure carries ErrorInfo{reason, domain "derms", metadata} and RequestInfo; INVALID_ARGUMENT with fields
// carries BadRequest, FAILED_PRECONDITION a PreconditionFailure, and what may be tried again a RetryInfo.
#pragma once

#include <grpcpp/support/status.h>

#include <string_view>

#include "absl/status/status.h"
#include "google/rpc/status.pb.h"

namespace derms::server {

// What the caller sees. An INTERNAL, UNKNOWN or DATA_LOSS keeps its text for the log: the caller gets a sentence with
// the request id. A status that nobody gave a reason gets one from its code (INTERNAL_ERROR, NOT_FOUND, ...).
google::rpc::Status ToRpcStatus(const absl::Status& status, std::string_view request_id);
grpc::Status ToGrpcStatus(const absl::Status& status, std::string_view request_id);

// The reason that the caller sees.
std::string PublicReason(const absl::Status& status);

}  // namespace derms::server
