// What a service answered, as absl::Status with the reason, metadata and field violations of libs/base/error.h.
// Thread-safe: plain functions.
#pragma once

#include <grpcpp/support/status.h>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "google/rpc/status.pb.h"

namespace derms::client {

// Reason comes from google.rpc.ErrorInfo, field violations from BadRequest, metadata from ErrorInfo and
// PreconditionFailure. The gate's refusals carry no details: their message starts with "REASON: ", which becomes the
// reason. An answer without either has an empty reason.
absl::Status FromGrpc(const grpc::Status& status);

// The same for one item of a bulk answer.
absl::Status FromRpc(const google::rpc::Status& status);

// How long the service asked to wait (google.rpc.RetryInfo); zero when it did not say.
absl::Duration RetryDelayOf(const grpc::Status& status);

}  // namespace derms::client
