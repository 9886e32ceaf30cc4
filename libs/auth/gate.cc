#include "libs/auth/gate.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"

namespace derms::auth {
namespace {

grpc::Status ToGrpc(const absl::Status& status) {
  return {static_cast<grpc::StatusCode>(status.code()),
          absl::StrCat(base::ReasonOf(status), ": ", std::string(status.message()))};
}

bool MayCall(const domain::Caller& caller, const MethodRule& rule) {
  return rule.access == Access::kAnySubject ||
         std::any_of(rule.roles.begin(), rule.roles.end(), [&](domain::Role role) { return caller.Has(role); });
}

absl::Status Decide(const domain::Caller& caller, const MethodRule* rule, bool draining) {
  if (rule == nullptr) {
    return base::ErrorBuilder(absl::StatusCode::kUnimplemented, "UNKNOWN_METHOD", "this server has no such method");
  }
  if (!MayCall(caller, *rule)) {
    return base::PermissionDenied("UNAUTHORIZED", absl::StrCat(DescribeRoles(rule->roles), " is needed"));
  }
  if (draining) return base::Unavailable("DRAINING", "the server is stopping; retry at another one");
  return absl::OkStatus();
}

}  // namespace

Gate::Gate(const PolicyTable& policies, Authenticator& authenticator, GateObserver& observer)
    : policies_(policies), authenticator_(authenticator), observer_(observer) {}

grpc::Status Gate::Process(const InputMetadata& metadata, grpc::AuthContext* connection, OutputMetadata*,
                           OutputMetadata*) {
  const auto path = metadata.find(":path");
  if (path == metadata.end()) {
    observer_.OnDecision({"unknown", "NO_PATH", ""});
    return {grpc::StatusCode::INTERNAL, "NO_PATH: the call names no method"};
  }
  const MethodRule* rule = policies_.Find({path->second.data(), path->second.size()});
  const std::string_view method = rule == nullptr ? "unknown" : std::string_view(rule->path);
  if (rule != nullptr && rule->access == Access::kPublic) {
    observer_.OnDecision({method, "OK", ""});
    return grpc::Status::OK;
  }
  const Authenticator::Outcome outcome = authenticator_.Identify(metadata, *connection);
  if (!outcome.caller.ok()) {
    observer_.OnDecision({method, outcome.refusal, ""});
    return ToGrpc(outcome.caller.status());
  }
  const absl::Status decision = Decide(*outcome.caller, rule, draining_);
  observer_.OnDecision({method, decision.ok() ? "OK" : base::ReasonOf(decision), outcome.caller->subject});
  return decision.ok() ? grpc::Status::OK : ToGrpc(decision);
}

}  // namespace derms::auth
