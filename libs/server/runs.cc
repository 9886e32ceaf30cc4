#include "libs/server/runs.h"

#include <algorithm>

namespace derms::server {

absl::Status CheckTimeLeft(const Call& call) {
  if (absl::Now() < call.deadline()) return absl::OkStatus();
  return base::DeadlineExceeded("DEADLINE_EXCEEDED", "the deadline passed before the work began; allow more time");
}

absl::Status Fetcher::Fetch(const Call::Wants& wants, absl::Time deadline) {
  const CallParts& parts = running_.parts();
  if (wants.catch_up) {
    const absl::Time until = std::min(deadline, absl::Now() + kLongestCatchUp);
    behind_ = Guarded([&] { return running_.lane().archive.CatchUp(until); });
    if (!behind_.ok()) {
      parts.logger.Warning("memory is behind the database",
                           {{"method", running_.method().rule.path}, {"error", std::string(behind_.message())}});
    }
  }
  if (wants.ders.empty()) return absl::OkStatus();
  return Guarded([&] { return running_.lane().archive.LoadDers(wants.ders, deadline); });
}

std::optional<store::Idempotency> IdempotencyOf(const Call& call, const google::protobuf::Message& request) {
  if (!call.client_gave_request_id()) return std::nullopt;
  store::Idempotency key;
  key.principal = call.caller().subject;
  key.method = call.method();
  key.request_id = call.request_id();
  key.request_sha256 = wire::RequestDigest(request);
  const auto* der_id = request.GetDescriptor()->FindFieldByName("der_id");
  if (der_id != nullptr && der_id->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_STRING) {
    const std::string value = request.GetReflection()->GetString(request, der_id);
    if (!value.empty()) key.der_key = base::DerKeyOf(value);
  }
  return key;
}

bool MayBeRepeated(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kInvalidArgument:
      return true;
    default:  // a caller that has lost its rights gets no old answer either
      return false;
  }
}

bool IsConflict(const absl::Status& status) {
  const std::string reason = base::ReasonOf(status);
  return reason == "REVISION_MISMATCH" || reason == "ORDERS_CHANGED";
}

void CompleteEvents(const Call& call, store::Mutation& mutation) {
  for (auto& event : mutation.events) {
    if (event.request_id.empty()) event.request_id = call.request_id();
    if (event.actor.empty()) event.actor = call.caller().subject;
  }
}

}  // namespace derms::server
