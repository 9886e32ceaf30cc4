#include "libs/server/running_call.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "libs/base/error.h"
#include "libs/server/status_map.h"

namespace derms::server {
namespace {

std::string TextOf(const google::protobuf::Message& message, const google::protobuf::FieldDescriptor* field) {
  return field == nullptr || field->containing_type() != message.GetDescriptor()
             ? std::string()
             : message.GetReflection()->GetString(message, field);
}

std::optional<observe::TraceContext> ParentTrace(const grpc::CallbackServerContext& context) {
  const auto found = context.client_metadata().find("traceparent");
  if (found == context.client_metadata().end()) return std::nullopt;
  return observe::ParseTraceparent({found->second.data(), found->second.size()});
}

CallScope ScopeOf(auth::Scope scope) {
  switch (scope) {
    case auth::Scope::kDer:
      return CallScope::kDer;
    case auth::Scope::kRegion:
      return CallScope::kRegion;
    case auth::Scope::kFleet:
      break;
  }
  return CallScope::kFleet;
}

}  // namespace

RunningCall::RunningCall(const CallParts& parts, const google::protobuf::Descriptor* request_type,
                         const grpc::CallbackServerContext& context)
    : parts_(parts),
      method_(parts.methods.Of(request_type)),
      started_at_(absl::Now()),
      unary_deadline_(UnaryDeadline(context, started_at_)),
      parent_trace_(ParentTrace(context)),
      context_(&context) {
  method_.metrics->Started();
  auto caller = parts.authenticator.Authenticate(context.client_metadata(), *context.auth_context());
  if (!caller.ok()) {
    admitted_ = caller.status();
    return;
  }
  caller_ = *std::move(caller);
  admitted_ = Admit(caller_);
  if (admitted_.ok()) admitted_ = parts.budget.Take(caller_.subject, method_.rule.lane, started_at_);
}

absl::Status RunningCall::Admit(const domain::Caller& caller) const {
  const auto holds = [&caller](domain::Role role) { return caller.Has(role); };
  const auto& rule = method_.rule;
  if (rule.access != auth::Access::kRoles || std::any_of(rule.roles.begin(), rule.roles.end(), holds)) {
    return absl::OkStatus();
  }
  return base::PermissionDenied("UNAUTHORIZED", absl::StrCat(rule.path, " needs ", auth::DescribeRoles(rule.roles)));
}

Call RunningCall::MakeCall(const google::protobuf::Message& request, absl::Time deadline) const {
  const auto* request_id_field = method_.request_id;
  if (request.GetDescriptor() != (request_id_field == nullptr ? nullptr : request_id_field->containing_type())) {
    request_id_field = request.GetDescriptor()->FindFieldByName("request_id");  // an item of a stream
  }
  std::string given = TextOf(request, request_id_field);
  Call::Facts facts;
  facts.caller = caller_;
  facts.method = method_.rule.path;
  facts.client_gave_request_id = !given.empty();
  facts.request_id = given.empty() ? parts_.ids.NewId() : std::move(given);
  facts.now = parts_.clock.Now();
  facts.deadline = deadline;
  facts.scope = ScopeOf(method_.rule.scope);
  facts.roles = method_.rule.roles;
  return Call(std::move(facts));
}

absl::Time RunningCall::UnaryDeadline(const grpc::CallbackServerContext& context, absl::Time started_at) {
  const absl::Time given = absl::FromChrono(context.deadline());
  // A client without a deadline shows as the end of time.
  if (given > started_at + absl::Hours(24 * 365)) return started_at + kDefaultUnaryDeadline;
  return std::min(given, started_at + kLongestDeadline);
}

absl::Status RunningCall::StillAdmitted() const {
  if (parts_.clock.Now() >= caller_.expires_at) {
    return base::Unauthenticated("TOKEN_EXPIRED", "the credentials ended during the stream; come back with new ones");
  }
  absl::MutexLock lock(&context_mutex_);
  if (context_ == nullptr) return absl::OkStatus();
  const auto now = parts_.authenticator.Authenticate(context_->client_metadata(), *context_->auth_context());
  return now.ok() ? Admit(*now) : now.status();
}

void RunningCall::CloseContext() {
  absl::MutexLock lock(&context_mutex_);
  context_ = nullptr;
}

void RunningCall::NoteDenial(const Call& call, const absl::Status& status) const {
  if (status.code() != absl::StatusCode::kPermissionDenied) return;
  parts_.denials.OnDenied({call.method(), caller_.subject, call.checked_scope(), base::ReasonOf(status),
                           std::string(status.message()), call.request_id()});
}

grpc::Status RunningCall::Finish(const absl::Status& status, std::string_view request_id) {
  const grpc::Status answer = ToGrpcStatus(status, request_id);
  const double seconds = absl::ToDoubleSeconds(absl::Now() - started_at_);
  method_.metrics->Finished(answer.error_code(), seconds);
  Log(status, request_id, seconds);
  return answer;
}

void RunningCall::Log(const absl::Status& status, std::string_view request_id, double seconds) const {
  // What succeeds is counted, and a change is told by its event: a line for each would cost more than planning it.
  const bool our_fault = status.code() == absl::StatusCode::kInternal || status.code() == absl::StatusCode::kUnknown;
  const observe::LogLevel failed = our_fault ? observe::LogLevel::kError : observe::LogLevel::kInfo;
  // Whoever calls too often shall not fill the log too: they are counted.
  const bool expected = status.ok() || base::ReasonOf(status) == "RATE_LIMITED";
  const observe::LogLevel level = expected ? observe::LogLevel::kDebug : failed;
  if (!parts_.logger.Enabled(level)) return;
  parts_.logger.Write(level, "call",
                      {{"method", method_.rule.path},
                       {"subject", caller_.subject},
                       {"request_id", request_id},
                       {"trace_id", observe::ContinueTrace(parent_trace_, parts_.ids).trace_id},
                       {"code", absl::StatusCodeToString(status.code())},
                       {"reason", base::ReasonOf(status)},
                       {"error", std::string(status.message())},
                       {"seconds", seconds}});
}

absl::Status CheckScope(const RunningCall& running, const Call& call) {
  if (call.checked()) return absl::OkStatus();
  running.parts().metrics.ScopeUnchecked();
  return base::Internal("SCOPE_UNCHECKED", absl::StrCat(call.method(), " answered without its ownership check"));
}

}  // namespace derms::server
