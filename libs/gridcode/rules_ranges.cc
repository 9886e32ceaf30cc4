// Rules about one number alone (E4 to E8), about ratings (E1) and about what the nameplate has (W3).
#include <algorithm>

#include "absl/strings/str_join.h"
#include "libs/gridcode/findings.h"

namespace derms::gridcode {
namespace {

Rule RuleOf(std::string_view name, const Range& range) {
  const auto in = [name](std::string_view group) { return name.substr(0, group.size()) == group; };
  if (in("trip.")) return range.fixed() ? Rule::kE8 : Rule::kE5;
  if (in("enter_service.")) return Rule::kE6;
  if (in("droop.")) return Rule::kE7;
  return Rule::kE4;
}

std::string_view RemedyOf(Rule rule) {
  switch (rule) {
    case Rule::kE5:
      return "choose within the range of the abnormal category";
    case Rule::kE7:
      return "choose within the range of the abnormal category";
    case Rule::kE8:
      return "leave it as the code fixes it";
    default:
      return "choose within the range of the profile";
  }
}

}  // namespace

void CheckRanges(const Subject& subject, FindingList& findings) {
  for (const NumberField<Settings>& number : SettingNumbers()) {
    if (number.name.substr(0, 8) == "ratings.") continue;
    const Range& range = subject.profile.Setting(number.name, subject.categories);
    const Rule rule = RuleOf(number.name, range);
    findings.RequireWithin(rule, number.name, number.of(subject.settings), range.min, range.max, RemedyOf(rule));
  }
}

void CheckRatings(const Subject& subject, FindingList& findings) {
  const Nameplate& plate = subject.nameplate;
  const ConfiguredRatings& set = subject.settings.ratings;
  const auto check = [&](std::string_view field, double value, double rated) {
    findings.RequireWithin(Rule::kE1, field, value, 0, rated, "configure at most the nameplate; 0 is as the nameplate");
  };
  check("ratings.p_max_kw", set.p_max_kw, plate.p_max_kw);
  check("ratings.s_max_kva", set.s_max_kva, plate.s_max_kva);
  check("ratings.q_inject_kvar", set.q_inject_kvar, plate.q_inject_kvar);
  check("ratings.q_absorb_kvar", set.q_absorb_kvar, plate.q_absorb_kvar);
  check("ratings.p_charge_kw", set.p_charge_kw, plate.p_charge_kw);
  check("ratings.s_charge_kva", set.s_charge_kva, plate.s_charge_kva);
}

void CheckModes(const Subject& subject, FindingList& findings) {
  const std::vector<std::string>& supported = subject.nameplate.supported_modes;
  if (supported.empty()) return;  // not known
  const Settings& s = subject.settings;
  const std::tuple<bool, std::string_view, std::string_view> modes[] = {
      {s.power_limit.enabled, "power_limit.enabled", "AP_LIMIT"},
      {s.constant_pf.enabled, "constant_pf.enabled", "CONST_PF"},
      {s.constant_q.enabled, "constant_q.enabled", "CONST_Q"},
      {s.volt_var.enabled, "volt_var.enabled", "QV"},
      {s.watt_var.enabled, "watt_var.enabled", "QP"},
      {s.volt_watt.enabled, "volt_watt.enabled", "PV"},
      {s.droop.enabled, "droop.enabled", "PF"}};
  for (const auto& [on, field, mode] : modes) {
    if (!on || std::find(supported.begin(), supported.end(), mode) != supported.end()) continue;
    findings.Add(Rule::kW3, field, absl::StrCat("on, which is mode ", std::string(mode)),
                 absl::StrCat("one of ", absl::StrJoin(supported, ", ")), "switch it off, or correct the nameplate");
  }
}

}  // namespace derms::gridcode
