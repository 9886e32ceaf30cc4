#include "libs/gridcode/rules.h"

#include <algorithm>

#include "libs/gridcode/findings.h"

namespace derms::gridcode {
namespace {

constexpr double kTolerance = 1e-3;  // relative; nameplates are rounded
constexpr std::pair<std::string_view, std::string_view> kRules[] = {
    {"E1", "settings stay within the ratings of the nameplate"},
    {"E2", "reactive and apparent power of the nameplate reach what the category wants"},
    {"E3", "at most one reactive mode is on"},
    {"E4", "curves rise and fall as they must and lie in their ranges, as a set"},
    {"E5", "trip thresholds and clearing times lie in the ranges of the category"},
    {"E6", "the enter-service window lies inside the trip window; a ramp or a random delay, not both"},
    {"E7", "droop lies in the ranges of the category"},
    {"E8", "trip settings that the code fixes are as it fixes them"},
    {"W1", "no trip before the ride-through time at that voltage or frequency has passed"},
    {"W2", "volt-watt begins where volt-var acts already"},
    {"W3", "only modes that the nameplate supports are on"},
    {"W4", "the performance categories are given"},
    {"R1", "settings are the defaults of the profile for the categories"},
    {"R2", "measured power is what the settings ask for, within the accuracy of the measurement"},
};

// Values of `number`s beyond what any device has; before anything is compared with them.
void CheckFinite(const Nameplate& nameplate, FindingList& findings) {
  for (const NumberField<Nameplate>& number : NameplateNumbers()) {
    findings.RequireWithin(Rule::kE2, number.name, number.of(nameplate), 0, 1e9, "give a number that is not negative");
  }
}

void CheckApparent(const Nameplate& plate, FindingList& findings) {
  findings.RequireWithin(Rule::kE2, "p_max_kw", plate.p_max_kw, plate.p_max_kw > 0 ? 0 : 1,
                         plate.s_max_kva * (1 + kTolerance), "give active power above 0 and at most s_max_kva");
  if (plate.can_charge()) {
    findings.RequireWithin(Rule::kE2, "p_charge_kw", plate.p_charge_kw, 0, plate.s_charge_kva * (1 + kTolerance),
                           "give at most s_charge_kva");
  }
  findings.RequireWithin(Rule::kE2, "p_min_pu", plate.p_min_pu, 0, 1, "give the least output as a share of p_max_kw");
}

void CheckReactive(const Nameplate& plate, const Profile& profile, bool inverter_based, FindingList& findings) {
  const auto least = [&](Figure figure) {
    return inverter_based ? profile.Number(figure, plate.categories()) * plate.s_max_kva * (1 - kTolerance) : 0;
  };
  const double most = plate.s_max_kva * (1 + kTolerance);
  constexpr char kRemedy[] = "give the reactive power of the data sheet, or the category that it reaches";
  findings.RequireWithin(Rule::kE2, "q_inject_kvar", plate.q_inject_kvar, least(Figure::kInjectShare), most, kRemedy);
  findings.RequireWithin(Rule::kE2, "q_absorb_kvar", plate.q_absorb_kvar, least(Figure::kAbsorbShare), most, kRemedy);
}

void CheckSpecifiedPowerFactors(const Nameplate& plate, FindingList& findings) {
  const auto check = [&](std::string_view power, double kw, std::string_view factor, double pf) {
    findings.RequireWithin(Rule::kE2, factor, pf, 0, 1, "give a power factor");
    findings.RequireWithin(Rule::kE2, power, kw, 0, plate.p_max_kw * (1 + kTolerance), "give at most p_max_kw");
  };
  check("p_over_excited_kw", plate.p_over_excited_kw, "over_excited_pf", plate.over_excited_pf);
  check("p_under_excited_kw", plate.p_under_excited_kw, "under_excited_pf", plate.under_excited_pf);
}

void CheckCategories(const Nameplate& plate, FindingList& findings) {
  constexpr char kRemedy[] = "give the category of the data sheet; the least demanding one is assumed";
  if (!plate.normal) findings.Add(Rule::kW4, "normal_category", "not given", "A or B", kRemedy);
  if (!plate.abnormal) findings.Add(Rule::kW4, "abnormal_category", "not given", "I, II or III", kRemedy);
}

}  // namespace

std::string_view RuleName(Rule rule) {
  return kRules[static_cast<std::size_t>(rule) - 1].first;
}
std::string_view RuleMeaning(Rule rule) {
  return kRules[static_cast<std::size_t>(rule) - 1].second;
}

std::string Sentence(const Finding& finding) {
  return absl::StrCat(finding.field, " is ", finding.observed, "; must be ", finding.limit, ": ", finding.remedy, " (",
                      std::string(RuleName(finding.rule)), ")");
}

std::string RangeWords(double low, double high) {
  if (low == high) return absl::StrCat(low);
  if (!std::isfinite(low)) return absl::StrCat("at most ", high);
  if (!std::isfinite(high)) return absl::StrCat("at least ", low);
  return absl::StrCat(low, " to ", high);
}

std::vector<Finding> CheckNameplate(const Nameplate& nameplate, const Profile& profile, bool inverter_based) {
  FindingList findings("nameplate.");
  CheckFinite(nameplate, findings);
  std::vector<Finding> senseless = findings.Take();
  if (!senseless.empty()) return senseless;  // what follows compares these numbers with each other
  CheckApparent(nameplate, findings);
  CheckReactive(nameplate, profile, inverter_based, findings);
  CheckSpecifiedPowerFactors(nameplate, findings);
  CheckCategories(nameplate, findings);
  return findings.Take();
}

std::vector<Finding> CheckSettings(const Settings& settings, const Nameplate& nameplate, const Profile& profile) {
  const Subject subject{settings, nameplate, profile, nameplate.categories()};
  FindingList findings("settings.");
  CheckRatings(subject, findings);
  CheckRanges(subject, findings);
  CheckCurves(subject, findings);
  CheckProtection(subject, findings);
  CheckModes(subject, findings);
  return findings.Take();
}

}  // namespace derms::gridcode
