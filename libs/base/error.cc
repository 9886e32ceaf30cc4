#include "libs/base/error.h"

#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace derms::base {
namespace {

constexpr char kReasonUrl[] = "derms/reason";
constexpr char kFieldsUrl[] = "derms/fields";
constexpr char kMetadataUrl[] = "derms/metadata";
// Separators that no field path, key or sentence of ours contains; caller text is stripped of them.
constexpr char kPair = '\x1f';
constexpr char kItem = '\x1e';

std::string Clean(std::string_view text) {
  std::string clean(text);
  for (char& c : clean) {
    if (c == kPair || c == kItem) c = ' ';
  }
  return clean;
}

std::vector<std::pair<std::string, std::string>> Pairs(const absl::Status& status, const char* url) {
  std::vector<std::pair<std::string, std::string>> pairs;
  const auto payload = status.GetPayload(url);
  if (!payload) return pairs;
  const std::string flat(*payload);
  for (const auto& item : absl::StrSplit(flat, kItem, absl::SkipEmpty())) {
    std::pair<std::string, std::string> pair = absl::StrSplit(item, absl::MaxSplits(kPair, 1));
    pairs.push_back(std::move(pair));
  }
  return pairs;
}

void AppendPair(absl::Status& status, const char* url, std::string_view key, std::string_view value) {
  absl::Cord flat = status.GetPayload(url).value_or(absl::Cord());
  flat.Append(absl::StrCat(Clean(key), std::string(1, kPair), Clean(value), std::string(1, kItem)));
  status.SetPayload(url, flat);
}

absl::string_view View(std::string_view text) {
  return {text.data(), text.size()};
}

}  // namespace

ErrorBuilder::ErrorBuilder(absl::StatusCode code, std::string_view reason, std::string_view message)
    : status_(code, View(message)) {
  status_.SetPayload(kReasonUrl, absl::Cord(View(reason)));
}

ErrorBuilder&& ErrorBuilder::Field(std::string_view field, std::string_view description) && {
  AppendPair(status_, kFieldsUrl, field, description);
  return std::move(*this);
}

ErrorBuilder&& ErrorBuilder::Metadata(std::string_view key, std::string_view value) && {
  AppendPair(status_, kMetadataUrl, key, value);
  return std::move(*this);
}

ErrorBuilder::operator absl::Status() const {
  return status_;
}

ErrorBuilder InvalidArgument(std::string_view reason, std::string_view message) {
  return {absl::StatusCode::kInvalidArgument, reason, message};
}
ErrorBuilder FailedPrecondition(std::string_view reason, std::string_view message) {
  return {absl::StatusCode::kFailedPrecondition, reason, message};
}
ErrorBuilder NotFound(std::string_view reason, std::string_view message) {
  return {absl::StatusCode::kNotFound, reason, message};
}
ErrorBuilder AlreadyExists(std::string_view reason, std::string_view message) {
  return {absl::StatusCode::kAlreadyExists, reason, message};
}
ErrorBuilder PermissionDenied(std::string_view reason, std::string_view message) {
  return {absl::StatusCode::kPermissionDenied, reason, message};
}
ErrorBuilder Unauthenticated(std::string_view reason, std::string_view message) {
  return {absl::StatusCode::kUnauthenticated, reason, message};
}
ErrorBuilder Aborted(std::string_view reason, std::string_view message) {
  return {absl::StatusCode::kAborted, reason, message};
}
ErrorBuilder Unavailable(std::string_view reason, std::string_view message) {
  return {absl::StatusCode::kUnavailable, reason, message};
}
ErrorBuilder ResourceExhausted(std::string_view reason, std::string_view message) {
  return {absl::StatusCode::kResourceExhausted, reason, message};
}
ErrorBuilder DeadlineExceeded(std::string_view reason, std::string_view message) {
  return {absl::StatusCode::kDeadlineExceeded, reason, message};
}
ErrorBuilder Internal(std::string_view reason, std::string_view message) {
  return {absl::StatusCode::kInternal, reason, message};
}

std::string ReasonOf(const absl::Status& status) {
  const auto payload = status.GetPayload(kReasonUrl);
  return payload ? std::string(*payload) : std::string();
}

std::vector<FieldViolation> ViolationsOf(const absl::Status& status) {
  std::vector<FieldViolation> list;
  for (auto& [field, description] : Pairs(status, kFieldsUrl)) list.push_back({field, description});
  return list;
}

std::vector<std::pair<std::string, std::string>> MetadataOf(const absl::Status& status) {
  return Pairs(status, kMetadataUrl);
}

void Violations::Add(std::string_view field, std::string_view description) {
  list_.push_back({std::string(field), std::string(description)});
}

absl::Status Violations::ToStatus(std::string_view reason) const {
  if (list_.empty()) return absl::OkStatus();
  const std::string more = list_.size() > 1 ? absl::StrCat(" (and ", list_.size() - 1, " more)") : "";
  ErrorBuilder builder = InvalidArgument(reason, absl::StrCat(list_[0].field, ": ", list_[0].description, more));
  for (const auto& violation : list_) std::move(builder).Field(violation.field, violation.description);
  return builder;
}

}  // namespace derms::base
