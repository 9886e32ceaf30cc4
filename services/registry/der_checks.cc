#include "services/registry/der_checks.h"

#include <algorithm>

#include "absl/strings/str_format.h"
#include "libs/base/error.h"
#include "libs/domain/capacity.h"

namespace derms::registry {

absl::StatusOr<std::vector<std::string>> CheckRatingsNow(const domain::Der& der, const store::ReadModel& fleet) {
  const std::vector<domain::CapacityRule> rules = fleet.CapacityRules();
  const auto rule =
      std::find_if(rules.begin(), rules.end(), [&](const domain::CapacityRule& r) { return r.type == der.type; });
  if (rule == rules.end()) return base::Internal("CAPACITY_RULE_MISSING", "the type has no capacity rule");
  return domain::CheckRatings(der.type, der.capacity_kw, der.parameters, *rule);
}

std::string KilowattText(double kw) {
  constexpr int kDigits = 10;
  return absl::StrFormat("%.*g", kDigits, kw);
}

}  // namespace derms::registry
