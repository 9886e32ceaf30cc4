// Checks a request against the rules of its fields before any handler sees it.
//
// The rules are the (derms.v1.rule) options and the general rules in policy.proto. Newline and tab pass only in fields
// that hold more than 256 bytes (reasons, notes: text for people). In lists the zero value of an enum is refused; alone
// it means absent. Fields unknown to this version are ignored, as protobuf asks for.
#pragma once

#include <google/protobuf/message.h>

#include "absl/status/status.h"
#include "libs/wire/rule_table.h"

namespace derms::wire {

// Thread-safe. About a microsecond for a small request.
class Validator {
 public:
  Validator() : Validator(AllRequests()) {}
  explicit Validator(const std::vector<const google::protobuf::Descriptor*>& requests) : table_(requests) {}

  // OK, or INVALID_ARGUMENT with up to 100 violations, paths as "items[3].location.latitude_deg". The reason is that of
  // the first violation, which is also the message: INVALID_DER_ID for a DER id, INVALID_CAPACITY for capacity_kw,
  // otherwise INVALID_REQUEST.
  absl::Status Check(const google::protobuf::Message& request) const;

  // The same without the items of lists of messages: for bulk calls, whose items succeed or fail alone. Check each
  // item then.
  absl::Status CheckEnvelope(const google::protobuf::Message& request) const;

 private:
  RuleTable table_;
};

}  // namespace derms::wire
