// Errors as absl::Status with a machine-readable reason and the fields that broke a rule.
//
// Every failure that a caller can see is made here, travels as absl::Status, and is mapped once to
// grpc::Status with google.rpc details (libs/server/status_map.h). Thread-safe: plain values.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace derms::base {

// One broken rule of one request field, in words an operator can act on.
struct FieldViolation {
  std::string field;        // path in the request, as "items[3].capacity_kw"
  std::string description;  // rule and remedy in one sentence
};

// Reasons are UPPER_SNAKE_CASE and listed in docs/errors.md (compared by tests/policy/errors).
class ErrorBuilder {
 public:
  ErrorBuilder(absl::StatusCode code, std::string_view reason, std::string_view message);
  ErrorBuilder&& Field(std::string_view field, std::string_view description) &&;
  ErrorBuilder&& Metadata(std::string_view key, std::string_view value) &&;
  operator absl::Status() const;  // NOLINT(google-explicit-constructor): returned from functions
  template <typename T>
  operator absl::StatusOr<T>() const {  // NOLINT(google-explicit-constructor)
    return static_cast<absl::Status>(*this);
  }

 private:
  absl::Status status_;
};

// Builders for the usual codes; the message is one sentence that says what to do.
ErrorBuilder InvalidArgument(std::string_view reason, std::string_view message);
ErrorBuilder FailedPrecondition(std::string_view reason, std::string_view message);
ErrorBuilder NotFound(std::string_view reason, std::string_view message);
ErrorBuilder AlreadyExists(std::string_view reason, std::string_view message);
ErrorBuilder PermissionDenied(std::string_view reason, std::string_view message);
ErrorBuilder Unauthenticated(std::string_view reason, std::string_view message);
ErrorBuilder Aborted(std::string_view reason, std::string_view message);
ErrorBuilder Unavailable(std::string_view reason, std::string_view message);
ErrorBuilder ResourceExhausted(std::string_view reason, std::string_view message);
ErrorBuilder DeadlineExceeded(std::string_view reason, std::string_view message);
ErrorBuilder Internal(std::string_view reason, std::string_view message);

// What the builders stored; empty when the status was made elsewhere.
std::string ReasonOf(const absl::Status& status);
std::vector<FieldViolation> ViolationsOf(const absl::Status& status);
std::vector<std::pair<std::string, std::string>> MetadataOf(const absl::Status& status);

// Collects all violations of a request, so that a caller sees every mistake at once.
class Violations {
 public:
  void Add(std::string_view field, std::string_view description);
  bool empty() const { return list_.empty(); }
  const std::vector<FieldViolation>& list() const { return list_; }
  // OK, or INVALID_ARGUMENT with the given reason, the first violation as message and all as details.
  absl::Status ToStatus(std::string_view reason = "INVALID_REQUEST") const;

 private:
  std::vector<FieldViolation> list_;
};

}  // namespace derms::base

#define DERMS_CONCAT_INNER(a, b) a##b
#define DERMS_CONCAT(a, b) DERMS_CONCAT_INNER(a, b)
#define RETURN_IF_ERROR(expr) \
  if (absl::Status derms_status = (expr); !derms_status.ok()) return derms_status
#define ASSIGN_OR_RETURN(lhs, expr) ASSIGN_OR_RETURN_IMPL(DERMS_CONCAT(derms_or_, __LINE__), lhs, expr)
#define ASSIGN_OR_RETURN_IMPL(tmp, lhs, expr)                                                     \
  auto tmp = (expr);                             /* NOLINT(bugprone-macro-parentheses): a name */ \
  if (!tmp.ok()) return std::move(tmp).status(); /* NOLINT(bugprone-macro-parentheses) */         \
  lhs = *std::move(tmp)                          /* NOLINT(bugprone-macro-parentheses): may declare */
