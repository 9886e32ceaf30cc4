// How the rules write down what they find. Used by rules*.cc alone.
#pragma once

#include <cmath>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/gridcode/rules.h"
#include "libs/gridcode/setting_table.h"

namespace derms::gridcode {

inline constexpr double kRounding = 1e-9;  // of numbers that were written in decimals

// Comparisons are written so that NaN is out of range.
inline bool Within(double value, double low, double high) {
  return value >= low - kRounding && value <= high + kRounding && std::isfinite(value);
}
// "0.9 to 1.1", "at least 0.9", "at most 1.1", "1.2".
std::string RangeWords(double low, double high);

class FindingList {
 public:
  explicit FindingList(std::string_view owner) : owner_(owner) {}  // "settings." or "nameplate."
  void Add(Rule rule, std::string_view field, std::string observed, std::string limit, std::string_view remedy) {
    list_.push_back({rule, absl::StrCat(std::string(owner_), std::string(field)), std::move(observed), std::move(limit),
                     std::string(remedy)});
  }
  void RequireWithin(Rule rule, std::string_view field, double value, double low, double high,
                     std::string_view remedy) {
    if (!Within(value, low, high)) Add(rule, field, absl::StrCat(value), RangeWords(low, high), remedy);
  }
  std::vector<Finding> Take() { return std::move(list_); }

 private:
  std::string_view owner_;
  std::vector<Finding> list_;
};

// What the checks of settings look at.
struct Subject {
  const Settings& settings;
  const Nameplate& nameplate;
  const Profile& profile;
  Categories categories;
  double Figure(derms::gridcode::Figure figure) const { return profile.Number(figure, categories); }
};
void CheckRanges(const Subject& subject, FindingList& findings);      // rules_ranges.cc: E4 to E8, each number alone
void CheckRatings(const Subject& subject, FindingList& findings);     // E1
void CheckCurves(const Subject& subject, FindingList& findings);      // rules_curves.cc: E3, E4, W2
void CheckProtection(const Subject& subject, FindingList& findings);  // rules_protection.cc: E6, W1
void CheckModes(const Subject& subject, FindingList& findings);       // W3, W4

}  // namespace derms::gridcode
