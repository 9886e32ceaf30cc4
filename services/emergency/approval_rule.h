// Which emergency orders need a second person's word. Plain value.
#pragma once

#include <set>
#include <string>

#include "absl/status/statusor.h"
#include "libs/domain/records.h"

namespace derms::emergency {

class ApprovalRule {
 public:
  ApprovalRule() = default;  // none does
  // Of the setting two-person-kinds: names of kinds as in the schema, comma-separated. INVALID_ARGUMENT BAD_SETTING.
  static absl::StatusOr<ApprovalRule> Parse(const std::string& kinds);

  // `asked`: the request wants it. Exercises reach no device: they need nobody unless asked.
  bool Needs(domain::EmergencyKind kind, bool exercise, bool asked) const {
    return asked || (!exercise && kinds_.count(kind) > 0);
  }

 private:
  std::set<domain::EmergencyKind> kinds_;
};

}  // namespace derms::emergency
