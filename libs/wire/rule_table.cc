#include "libs/wire/rule_table.h"

#include "derms/v1/access.pb.h"
#include "derms/v1/audit.pb.h"
#include "derms/v1/compliance.pb.h"
#include "derms/v1/control.pb.h"
#include "derms/v1/emergency.pb.h"
#include "derms/v1/optimizer.pb.h"
#include "derms/v1/registry.pb.h"
#include "derms/v1/series.pb.h"
#include "derms/v1/telemetry.pb.h"

namespace derms::wire {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;

constexpr std::size_t kDefaultMaxBytes = 256;
constexpr int kDefaultMaxItems = 10000;

FieldKind KindOf(const FieldDescriptor* field) {
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return FieldKind::kBool;
    case FieldDescriptor::CPPTYPE_ENUM:
      return FieldKind::kEnum;
    case FieldDescriptor::CPPTYPE_STRING:
      return field->type() == FieldDescriptor::TYPE_BYTES ? FieldKind::kBytes : FieldKind::kText;
    case FieldDescriptor::CPPTYPE_MESSAGE:
      if (field->message_type()->full_name() == "google.protobuf.Timestamp") return FieldKind::kTimestamp;
      if (field->message_type()->full_name() == "google.protobuf.Duration") return FieldKind::kDuration;
      return FieldKind::kMessage;
    default:
      return FieldKind::kNumber;
  }
}

}  // namespace

RuleTable::RuleTable(const std::vector<const Descriptor*>& messages) {
  for (const Descriptor* message : messages) Add(message);
}

const MessageRules* RuleTable::Find(const Descriptor* message) const {
  const auto found = messages_.find(message);
  return found == messages_.end() ? nullptr : found->second.get();
}

const MessageRules* RuleTable::Add(const Descriptor* message) {
  auto& slot = messages_[message];  // references into the map stay valid while it grows
  if (slot) return slot.get();      // known, or being filled further up: a recursive message
  slot = std::make_unique<MessageRules>();
  MessageRules* rules = slot.get();
  for (int i = 0; i < message->field_count(); ++i) rules->fields.push_back(RulesOf(message->field(i)));
  return rules;
}

FieldRules RuleTable::RulesOf(const FieldDescriptor* field) {
  const v1::FieldRule& rule = field->options().GetExtension(v1::rule);
  FieldRules out;
  out.field = field;
  out.kind = KindOf(field);
  out.repeated = field->is_repeated();
  out.has_presence = field->has_presence();
  out.required = rule.required();
  out.format = rule.format();
  out.max_bytes = rule.max_bytes() == 0 ? kDefaultMaxBytes : rule.max_bytes();
  out.multi_line = out.max_bytes > kDefaultMaxBytes;
  out.min_items = static_cast<int>(rule.min_items());
  out.max_items = rule.max_items() == 0 ? kDefaultMaxItems : static_cast<int>(rule.max_items());
  if (rule.has_gte()) out.gte = rule.gte();
  if (rule.has_lte()) out.lte = rule.lte();
  if (rule.has_gt()) out.gt = rule.gt();
  if (out.kind == FieldKind::kMessage) out.children = Add(field->message_type());
  return out;
}

std::vector<const Descriptor*> AllRequests() {
  const FileDescriptor* const files[] = {
      v1::WhoAmIRequest::descriptor()->file(),        v1::GetDerRequest::descriptor()->file(),
      v1::ReportReadingRequest::descriptor()->file(), v1::VerifyLogRequest::descriptor()->file(),
      v1::PutSeriesRequest::descriptor()->file(),     v1::OptimizeResourcesRequest::descriptor()->file(),
      v1::GetEmergencyRequest::descriptor()->file(),  v1::WhySetpointRequest::descriptor()->file(),
      v1::PutNameplateRequest::descriptor()->file()};
  std::vector<const Descriptor*> requests;
  for (const FileDescriptor* file : files) {
    for (int s = 0; s < file->service_count(); ++s) {
      for (int m = 0; m < file->service(s)->method_count(); ++m) {
        requests.push_back(file->service(s)->method(m)->input_type());
      }
    }
  }
  return requests;
}

}  // namespace derms::wire
