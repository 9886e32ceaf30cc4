#include "libs/server/status_map.h"

#include <google/protobuf/util/time_util.h>

#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "libs/base/error.h"

namespace derms::server {
namespace {

constexpr std::size_t kMaxViolations = 50;  // the details travel in a trailer: keep it far below 8 KiB
constexpr std::size_t kMaxTextBytes = 200;
constexpr char kDomain[] = "derms";

bool HidesText(absl::StatusCode code) {
  return code == absl::StatusCode::kInternal || code == absl::StatusCode::kUnknown ||
         code == absl::StatusCode::kDataLoss;
}

std::string Cut(const std::string& text) {
  return text.size() <= kMaxTextBytes ? text : text.substr(0, kMaxTextBytes) + "...";
}

// How long to wait before the same call may succeed; 0: not by waiting.
int RetryAfterMs(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kUnavailable:
      return 1000;
    case absl::StatusCode::kResourceExhausted:
      return 500;
    case absl::StatusCode::kAborted:
      return 10;
    default:
      return 0;
  }
}

void AddErrorInfo(const absl::Status& status, google::rpc::Status& out) {
  google::rpc::ErrorInfo info;
  info.set_reason(PublicReason(status));
  info.set_domain(kDomain);
  for (const auto& [key, value] : base::MetadataOf(status)) (*info.mutable_metadata())[key] = Cut(value);
  out.add_details()->PackFrom(info);
}

void AddBadRequest(const absl::Status& status, google::rpc::Status& out) {
  google::rpc::BadRequest details;
  for (const auto& violation : base::ViolationsOf(status)) {
    if (details.field_violations_size() >= static_cast<int>(kMaxViolations)) break;
    auto* item = details.add_field_violations();
    item->set_field(Cut(violation.field));
    item->set_description(Cut(violation.description));
  }
  if (details.field_violations_size() > 0) out.add_details()->PackFrom(details);
}

void AddPreconditionFailure(const absl::Status& status, google::rpc::Status& out) {
  google::rpc::PreconditionFailure details;
  auto* item = details.add_violations();
  item->set_type(PublicReason(status));
  item->set_description(Cut(std::string(status.message())));
  for (const auto& [key, value] : base::MetadataOf(status)) {
    if (key == "der_id" || key == "emergency_id") item->set_subject(Cut(value));
  }
  out.add_details()->PackFrom(details);
}

void AddRetryInfo(int milliseconds, google::rpc::Status& out) {
  google::rpc::RetryInfo details;
  *details.mutable_retry_delay() = google::protobuf::util::TimeUtil::MillisecondsToDuration(milliseconds);
  out.add_details()->PackFrom(details);
}

void AddRequestInfo(std::string_view request_id, google::rpc::Status& out) {
  google::rpc::RequestInfo details;
  details.set_request_id(std::string(request_id));
  out.add_details()->PackFrom(details);
}

}  // namespace

std::string PublicReason(const absl::Status& status) {
  if (HidesText(status.code())) return "INTERNAL_ERROR";
  const std::string reason = base::ReasonOf(status);
  return reason.empty() ? absl::StatusCodeToString(status.code()) : reason;
}

google::rpc::Status ToRpcStatus(const absl::Status& status, std::string_view request_id) {
  google::rpc::Status out;
  const bool hide = HidesText(status.code());
  out.set_code(static_cast<int>(hide ? absl::StatusCode::kInternal : status.code()));
  out.set_message(hide ? absl::StrCat("the service failed; tell its operators request id ", std::string(request_id))
                       : std::string(status.message()));
  if (status.ok()) return out;
  AddErrorInfo(hide ? absl::InternalError("") : status, out);
  if (hide) {
    AddRequestInfo(request_id, out);
    return out;
  }
  AddBadRequest(status, out);
  if (status.code() == absl::StatusCode::kFailedPrecondition) AddPreconditionFailure(status, out);
  if (const int wait_ms = RetryAfterMs(status.code()); wait_ms > 0) AddRetryInfo(wait_ms, out);
  if (!request_id.empty()) AddRequestInfo(request_id, out);
  return out;
}

grpc::Status ToGrpcStatus(const absl::Status& status, std::string_view request_id) {
  if (status.ok()) return grpc::Status::OK;
  const google::rpc::Status rich = ToRpcStatus(status, request_id);
  return {static_cast<grpc::StatusCode>(rich.code()), rich.message(), rich.SerializeAsString()};
}

}  // namespace derms::server
