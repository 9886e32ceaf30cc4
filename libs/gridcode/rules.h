// Whether nameplate and settings may stand: rules E1 to E8 refuse, W1 to W4 warn. Curves are judged as a whole set,
// since their points bound each other. Sources: IEEE 1547-2018 clauses named in docs/grid-code.md; figures from the
// profile.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libs/gridcode/profile.h"
#include "libs/gridcode/settings.h"

namespace derms::gridcode {

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
};
std::string_view RuleName(Rule rule);     // "E1"
std::string_view RuleMeaning(Rule rule);  // a sentence
inline bool Refuses(Rule rule) {
  return rule <= Rule::kE8;
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

}  // namespace derms::gridcode
