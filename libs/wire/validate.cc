#include "libs/wire/validate.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>

#include <google/protobuf/duration.pb.h>
#include <google/protobuf/timestamp.pb.h>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/wire/text.h"

namespace derms::wire {
namespace {

using google::protobuf::Duration;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using google::protobuf::Timestamp;

constexpr std::size_t kMaxViolations = 100;
constexpr int kMaxDepth = 16;
constexpr int kNoIndex = -1;
constexpr std::int64_t kYear1 = -62135596800, kYear9999End = 253402300799;  // seconds since 1970
constexpr std::int64_t kMaxDurationSeconds = 315576000000;                  // 10,000 years
constexpr std::int32_t kMaxNanos = 999999999;

// Where the walk stands. Lives on the stack; becomes text only for a violation.
struct Path {
  const Path* parent;
  const FieldDescriptor* field;
  int index;

  std::string ToString() const {
    std::string text = parent == nullptr ? "" : absl::StrCat(parent->ToString(), ".");
    absl::StrAppend(&text, field->name());
    if (index != kNoIndex) absl::StrAppend(&text, "[", index, "]");
    return text;
  }
};

std::string_view ReasonFor(const FieldRules& rules) {
  if (rules.format == v1::TEXT_FORMAT_DER_ID || rules.format == v1::TEXT_FORMAT_DER_ID_OR_ALL) return "INVALID_DER_ID";
  return rules.field->name() == "capacity_kw" ? "INVALID_CAPACITY" : "INVALID_REQUEST";
}

std::string RangeRule(const FieldRules& rules, std::string_view unit) {
  std::string text = "must be ";
  if (rules.gt) absl::StrAppend(&text, "more than ", *rules.gt);
  if (rules.gte) absl::StrAppend(&text, "at least ", *rules.gte);
  if (rules.lte) absl::StrAppend(&text, rules.gt || rules.gte ? " and " : "", "at most ", *rules.lte);
  absl::StrAppend(&text, std::string(unit));
  return text;
}

bool InRange(const FieldRules& rules, double value) {
  return !(rules.gte && value < *rules.gte) && !(rules.lte && value > *rules.lte) && !(rules.gt && value <= *rules.gt);
}

// One walk over one request.
class Walk {
 public:
  explicit Walk(bool into_items) : into_items_(into_items) {}

  void CheckMessage(const Message& message, const MessageRules& rules, const Path* parent, int depth) {
    const Reflection& reflection = *message.GetReflection();
    for (const FieldRules& field : rules.fields) {
      if (full()) return;
      const Path path{parent, field.field, kNoIndex};
      if (field.repeated) {
        CheckList(message, reflection, field, path, depth);
      } else {
        CheckSingle(message, reflection, field, path, depth);
      }
    }
  }

  absl::Status ToStatus() const { return violations_.ToStatus(reason_); }

 private:
  bool full() const { return violations_.list().size() >= kMaxViolations; }

  void Refuse(const FieldRules& rules, const Path& path, std::string_view sentence) {
    if (full()) return;
    if (violations_.empty()) reason_ = ReasonFor(rules);
    violations_.Add(path.ToString(), sentence);
  }

  void CheckSingle(const Message& message, const Reflection& reflection, const FieldRules& rules, const Path& path,
                   int depth) {
    if (rules.has_presence && !reflection.HasField(message, rules.field)) {
      if (rules.required) Refuse(rules, path, "must be given");
      return;
    }
    switch (rules.kind) {
      case FieldKind::kBool:
        return;
      case FieldKind::kNumber:
        return CheckNumber(NumberOf(message, reflection, rules.field), rules, path);
      case FieldKind::kEnum:
        return CheckEnum(reflection.GetEnumValue(message, rules.field), rules, path);
      case FieldKind::kText:
      case FieldKind::kBytes: {
        std::string scratch;
        return CheckText(reflection.GetStringReference(message, rules.field, &scratch), rules, path);
      }
      default:
        return CheckNested(reflection.GetMessage(message, rules.field), rules, path, depth);
    }
  }

  void CheckList(const Message& message, const Reflection& reflection, const FieldRules& rules, const Path& path,
                 int depth) {
    const int size = reflection.FieldSize(message, rules.field);
    const int least = std::max(rules.min_items, rules.required ? 1 : 0);
    if (size < least) Refuse(rules, path, absl::StrCat("must have at least ", least, " item(s)"));
    if (size > rules.max_items) {
      // Too many to look at each: the list is refused as a whole.
      return Refuse(
          rules, path,
          absl::StrCat("must have at most ", rules.max_items, " items, not ", size, "; send several requests"));
    }
    if (rules.kind == FieldKind::kMessage && !into_items_) return;
    for (int i = 0; i < size && !full(); ++i) {
      CheckItem(message, reflection, rules, Path{path.parent, path.field, i}, depth);
    }
  }

  void CheckItem(const Message& message, const Reflection& reflection, const FieldRules& rules, const Path& path,
                 int depth) {
    switch (rules.kind) {
      case FieldKind::kBool:
        return;
      case FieldKind::kNumber:
        return CheckNumber(RepeatedNumberOf(message, reflection, rules.field, path.index), rules, path);
      case FieldKind::kEnum: {
        const int value = reflection.GetRepeatedEnumValue(message, rules.field, path.index);
        if (value == 0) return Refuse(rules, path, "must name a value; leave it out of the list instead");
        return CheckEnum(value, rules, path);
      }
      case FieldKind::kText:
      case FieldKind::kBytes: {
        std::string scratch;
        const std::string& text = reflection.GetRepeatedStringReference(message, rules.field, path.index, &scratch);
        if (text.empty()) return Refuse(rules, path, "must not be empty; leave it out of the list instead");
        return CheckText(text, rules, path);
      }
      default:
        return CheckNested(reflection.GetRepeatedMessage(message, rules.field, path.index), rules, path, depth);
    }
  }

  // Every number of the schema fits a double well enough to compare with its limits.
  static double NumberOf(const Message& message, const Reflection& reflection, const FieldDescriptor* field) {
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT32:
        return reflection.GetInt32(message, field);
      case FieldDescriptor::CPPTYPE_INT64:
        return static_cast<double>(reflection.GetInt64(message, field));
      case FieldDescriptor::CPPTYPE_UINT32:
        return reflection.GetUInt32(message, field);
      case FieldDescriptor::CPPTYPE_UINT64:
        return static_cast<double>(reflection.GetUInt64(message, field));
      case FieldDescriptor::CPPTYPE_FLOAT:
        return static_cast<double>(reflection.GetFloat(message, field));
      default:
        return reflection.GetDouble(message, field);
    }
  }

  static double RepeatedNumberOf(const Message& message, const Reflection& reflection, const FieldDescriptor* field,
                                 int index) {
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT32:
        return reflection.GetRepeatedInt32(message, field, index);
      case FieldDescriptor::CPPTYPE_INT64:
        return static_cast<double>(reflection.GetRepeatedInt64(message, field, index));
      case FieldDescriptor::CPPTYPE_UINT32:
        return reflection.GetRepeatedUInt32(message, field, index);
      case FieldDescriptor::CPPTYPE_UINT64:
        return static_cast<double>(reflection.GetRepeatedUInt64(message, field, index));
      case FieldDescriptor::CPPTYPE_FLOAT:
        return static_cast<double>(reflection.GetRepeatedFloat(message, field, index));
      default:
        return reflection.GetRepeatedDouble(message, field, index);
    }
  }

  void CheckNumber(double value, const FieldRules& rules, const Path& path) {
    if (!std::isfinite(value)) return Refuse(rules, path, "must be a finite number");
    if (!InRange(rules, value)) Refuse(rules, path, absl::StrCat(RangeRule(rules, ""), "; it is ", value));
  }

  void CheckEnum(int value, const FieldRules& rules, const Path& path) {
    const google::protobuf::EnumDescriptor& type = *rules.field->enum_type();
    if (value == 0 ? !rules.required : type.FindValueByNumber(value) != nullptr) return;
    std::string names;
    for (int i = 0; i < type.value_count(); ++i) {
      if (type.value(i)->number() == 0) continue;
      absl::StrAppend(&names, names.empty() ? "" : ", ", type.value(i)->name());
    }
    Refuse(rules, path, absl::StrCat("must be one of ", names));
  }

  void CheckText(const std::string& text, const FieldRules& rules, const Path& path) {
    if (text.empty()) {
      if (!rules.required) return;
      const bool free = rules.format == v1::TEXT_FORMAT_UNSPECIFIED;
      return Refuse(rules, path, free ? "must be given" : absl::StrCat(std::string(FormatRule(rules.format))));
    }
    if (text.size() > rules.max_bytes) {
      return Refuse(rules, path, absl::StrCat("must be at most ", rules.max_bytes, " bytes, not ", text.size()));
    }
    if (rules.kind == FieldKind::kBytes) return;
    if (!IsValidUtf8(text)) return Refuse(rules, path, "must be valid UTF-8");
    if (HasControlCharacter(text, rules.multi_line)) {
      return Refuse(rules, path,
                    rules.multi_line ? "must not have control characters but line breaks and tabs"
                                     : "must not have control characters");
    }
    if (!MatchesFormat(text, rules.format)) Refuse(rules, path, FormatRule(rules.format));
  }

  void CheckNested(const Message& message, const FieldRules& rules, const Path& path, int depth) {
    if (rules.kind == FieldKind::kTimestamp) return CheckTimestamp(message, rules, path);
    if (rules.kind == FieldKind::kDuration) return CheckDuration(message, rules, path);
    if (depth >= kMaxDepth)
      return Refuse(rules, path, absl::StrCat("must not nest deeper than ", kMaxDepth, " levels"));
    CheckMessage(message, *rules.children, &path, depth + 1);
  }

  void CheckTimestamp(const Message& message, const FieldRules& rules, const Path& path) {
    const auto& time = static_cast<const Timestamp&>(message);
    const bool valid =
        time.seconds() >= kYear1 && time.seconds() <= kYear9999End && time.nanos() >= 0 && time.nanos() <= kMaxNanos;
    if (!valid) Refuse(rules, path, "must be a time of the years 1 to 9999, as 2026-01-31T12:00:00Z");
  }

  void CheckDuration(const Message& message, const FieldRules& rules, const Path& path) {
    const auto& span = static_cast<const Duration&>(message);
    const bool same_sign = span.seconds() == 0 || span.nanos() == 0 || (span.seconds() < 0) == (span.nanos() < 0);
    const bool normalised = span.seconds() >= -kMaxDurationSeconds && span.seconds() <= kMaxDurationSeconds &&
                            span.nanos() >= -kMaxNanos && span.nanos() <= kMaxNanos && same_sign;
    if (!normalised) return Refuse(rules, path, "must be a normalised duration of at most 10,000 years, as 90s");
    const double seconds = static_cast<double>(span.seconds()) + 1e-9 * span.nanos();
    if (!InRange(rules, seconds)) {
      Refuse(rules, path, absl::StrCat(RangeRule(rules, " seconds"), "; it is ", seconds));
    }
  }

  const bool into_items_;
  base::Violations violations_;
  std::string_view reason_ = "INVALID_REQUEST";
};

absl::Status Run(const RuleTable& table, const Message& request, bool into_items) {
  const MessageRules* rules = table.Find(request.GetDescriptor());
  if (rules == nullptr) {
    return base::Internal("NO_FIELD_RULES",
                          absl::StrCat("no rules are known for ", request.GetDescriptor()->full_name()));
  }
  Walk walk(into_items);
  walk.CheckMessage(request, *rules, nullptr, 0);
  return walk.ToStatus();
}

}  // namespace

absl::Status Validator::Check(const Message& request) const {
  return Run(table_, request, true);
}

absl::Status Validator::CheckEnvelope(const Message& request) const {
  return Run(table_, request, false);
}

}  // namespace derms::wire
