#include "libs/client/status.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "libs/base/error.h"

namespace derms::client {
namespace {

// "REASON" of a message "REASON: sentence", else nothing.
std::optional<std::string_view> LeadingReason(std::string_view message) {
  const std::size_t colon = message.find(": ");
  if (colon == std::string_view::npos || colon < 3) return std::nullopt;
  const std::string_view word = message.substr(0, colon);
  const bool upper_snake = std::all_of(word.begin(), word.end(), [](unsigned char c) {
    return absl::ascii_isupper(c) || absl::ascii_isdigit(c) || c == '_';
  });
  return upper_snake ? std::optional(word) : std::nullopt;
}

template <typename Detail>
std::optional<Detail> Find(const google::rpc::Status& status) {
  for (const auto& any : status.details()) {
    Detail detail;
    if (any.Is<Detail>() && any.UnpackTo(&detail)) return detail;
  }
  return std::nullopt;
}

google::rpc::Status DetailsOf(const grpc::Status& status) {
  google::rpc::Status details;
  if (!details.ParseFromString(status.error_details())) details.Clear();  // from a proxy: not ours, no details
  return details;
}

absl::Status Build(int code, std::string_view message, const google::rpc::Status& details) {
  const auto info = Find<google::rpc::ErrorInfo>(details);
  const auto leading = LeadingReason(message);
  std::string reason;
  if (info) {
    reason = info->reason();
  } else if (leading) {
    reason = std::string(*leading);
    message.remove_prefix(leading->size() + 2);
  }
  base::ErrorBuilder builder(static_cast<absl::StatusCode>(code), reason, message);
  if (info) {
    for (const auto& [key, value] : info->metadata()) std::move(builder).Metadata(key, value);
  }
  if (const auto bad_request = Find<google::rpc::BadRequest>(details)) {
    for (const auto& v : bad_request->field_violations()) std::move(builder).Field(v.field(), v.description());
  }
  if (const auto failure = Find<google::rpc::PreconditionFailure>(details)) {
    for (const auto& v : failure->violations()) {
      if (!v.subject().empty()) std::move(builder).Metadata(v.subject(), v.description());  // else it says it again
    }
  }
  return builder;
}

}  // namespace

absl::Status FromGrpc(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  return Build(status.error_code(), status.error_message(), DetailsOf(status));
}

absl::Status FromRpc(const google::rpc::Status& status) {
  if (status.code() == 0) return absl::OkStatus();
  return Build(status.code(), status.message(), status);
}

absl::Duration RetryDelayOf(const grpc::Status& status) {
  const auto retry = Find<google::rpc::RetryInfo>(DetailsOf(status));
  if (!retry) return absl::ZeroDuration();
  return absl::Seconds(retry->retry_delay().seconds()) + absl::Nanoseconds(retry->retry_delay().nanos());
}

}  // namespace derms::client
