// The rules of every request field, read once from the descriptors: what Validator walks along.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include <google/protobuf/descriptor.h>

#include "derms/v1/policy.pb.h"

namespace derms::wire {

struct MessageRules;

enum class FieldKind { kNumber, kBool, kEnum, kText, kBytes, kMessage, kTimestamp, kDuration };

// (rule) of a field, with the general rules filled in (policy.proto, FieldRule).
struct FieldRules {
  const google::protobuf::FieldDescriptor* field = nullptr;
  FieldKind kind = FieldKind::kBool;
  bool repeated = false;
  bool has_presence = false;
  bool required = false;
  bool multi_line = false;  // line breaks and tabs: fields that hold more than the usual 256 bytes
  v1::TextFormat format = v1::TEXT_FORMAT_UNSPECIFIED;
  std::size_t max_bytes = 0;
  int min_items = 0;
  int max_items = 0;
  std::optional<double> gte, lte, gt;
  const MessageRules* children = nullptr;  // kMessage only
};

struct MessageRules {
  std::vector<FieldRules> fields;
};

// Immutable once built; thread-safe to read.
class RuleTable {
 public:
  explicit RuleTable(const std::vector<const google::protobuf::Descriptor*>& messages);
  const MessageRules* Find(const google::protobuf::Descriptor* message) const;  // null when not among the messages

 private:
  const MessageRules* Add(const google::protobuf::Descriptor* message);
  FieldRules RulesOf(const google::protobuf::FieldDescriptor* field);

  std::unordered_map<const google::protobuf::Descriptor*, std::unique_ptr<MessageRules>> messages_;
};

// Request messages of all methods of all services of derms.v1.
std::vector<const google::protobuf::Descriptor*> AllRequests();

}  // namespace derms::wire
