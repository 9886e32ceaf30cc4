// Whether nameplate and settings may stand: rules E1 to E8 refuse, W1 to W4 warn, R1 and R2 report. Curves are judged
// as a whole set, since their points bound each other. Sources: IEEE 1547-2018 clauses named in docs/grid-code.md;
// figures from the profile.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libs/gridcode/profile.h"
#include "libs/gridcode/settings.h"

namespace derms::gridcode {

// Numbers are those of derms.v1.GridRule.
enum class Rule {
  kE1 = 1,  // settings stay within ratings
  kE2,      // reactive and apparent power of the nameplate
  kE3,      // at most one reactive mode
  kE4,      // curves in order and in range, as a set
  kE5,      // trip thresholds and times in range of the category
  kE6,      // enter service: window inside the trip window, delays and ramp
  kE7,      // droop in range of the category
  kE8,      // trip settings that nobody may change
  kW1,      // trips before the ride-through time has passed
  kW2,      // volt-watt begins before volt-var acts
  kW3,      // a mode that the nameplate does not have
  kW4,      // category not given
  kR1,      // settings differ from the profile's defaults
  kR2,      // measured response outside what the settings ask for (compliance.h)
};
std::string_view RuleName(Rule rule);     // "E1"
std::string_view RuleMeaning(Rule rule);  // a sentence
// Numbers are those of derms.v1.RuleSeverity.
enum class Severity { kRefuse = 1, kWarn = 2, kReport = 3 };
inline Severity SeverityOf(Rule rule) {
  if (rule <= Rule::kE8) return Severity::kRefuse;
  return rule <= Rule::kW4 ? Severity::kWarn : Severity::kReport;
}
inline bool Refuses(Rule rule) {
  return SeverityOf(rule) == Severity::kRefuse;
}

struct Finding {
  Rule rule;
  std::string field;     // name of setting_table.h, with its owner in front: "settings.volt_var.v1_pu"
  std::string observed;  // what stands there
  std::string limit;     // what the rule allows
  std::string remedy;    // what to do
};
// "volt_var.v1_pu is 0.7; must be 0.82 to 0.96: ... (E4)"
std::string Sentence(const Finding& finding);

// Rule E2 on reactive power is for inverter-based DERs. With the tolerance of rounded nameplates, 1e-3.
std::vector<Finding> CheckNameplate(const Nameplate& nameplate, const Profile& profile, bool inverter_based);

// Settings against the nameplate and the profile.
std::vector<Finding> CheckSettings(const Settings& settings, const Nameplate& nameplate, const Profile& profile);

// Rule R1: one finding for each group of settings ("settings.volt_var") that is not as the profile's defaults for this
// nameplate, with the values that differ. Ratings are compared by what holds: a configured one that says the same as
// the nameplate is no difference.
std::vector<Finding> CompareWithDefaults(const Settings& settings, const Nameplate& nameplate, const Profile& profile);

}  // namespace derms::gridcode
