#include "services/emergency/approval_rule.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "derms/v1/emergency.pb.h"
#include "libs/base/error.h"

namespace derms::emergency {

absl::StatusOr<ApprovalRule> ApprovalRule::Parse(const std::string& kinds) {
  ApprovalRule rule;
  for (const auto part : absl::StrSplit(kinds, ',')) {
    const std::string name(absl::StripAsciiWhitespace(part));
    if (name.empty()) continue;
    v1::EmergencyKind kind = v1::EMERGENCY_KIND_UNSPECIFIED;
    if (!v1::EmergencyKind_Parse(absl::StrCat("EMERGENCY_KIND_", name), &kind) ||
        kind == v1::EMERGENCY_KIND_UNSPECIFIED) {
      return base::InvalidArgument("BAD_SETTING", absl::StrCat("--two-person-kinds: there is no kind ", name));
    }
    rule.kinds_.insert(static_cast<domain::EmergencyKind>(kind));
  }
  return rule;
}

}  // namespace derms::emergency
