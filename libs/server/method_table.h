// What an adapter knows of a method, found by the type of its request: request types belong to one method each
// (buf's rule RPC_REQUEST_RESPONSE_UNIQUE), and gRPC's callback API does not tell a handler its method.
#pragma once

#include <google/protobuf/descriptor.h>

#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "libs/auth/policy_table.h"
#include "libs/observe/metrics.h"

namespace derms::server {

struct MethodInfo {
  auth::MethodRule rule;
  observe::RpcMetrics* metrics = nullptr;
  const google::protobuf::FieldDescriptor* request_id = nullptr;  // of the request; null when it has none
  const google::protobuf::FieldDescriptor* der_id = nullptr;
};

// Immutable; thread-safe.
class MethodTable {
 public:
  // Methods of the named services. INTERNAL POLICY_HOLE for one without rule, or a request type used twice.
  static absl::StatusOr<MethodTable> Build(const std::vector<std::string>& services, const auth::PolicyTable& policies,
                                           observe::Metrics& metrics);

  // Aborts for a request of a service that was not named: a bug that the first call shows.
  const MethodInfo& Of(const google::protobuf::Descriptor* request) const;
  // Whether a method of this process is called on the reserved lane.
  bool needs_reserved_lane() const { return needs_reserved_lane_; }

 private:
  absl::flat_hash_map<const google::protobuf::Descriptor*, MethodInfo> methods_;
  bool needs_reserved_lane_ = false;
};

}  // namespace derms::server
