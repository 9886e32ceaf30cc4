// Rule R1.
#include "libs/gridcode/findings.h"

namespace derms::gridcode {
namespace {

std::string_view GroupOf(std::string_view name) {
  return name.substr(0, name.find('.'));
}
std::string_view MemberOf(std::string_view name) {
  const std::size_t dot = name.find('.');
  return dot == std::string_view::npos ? name : name.substr(dot + 1);
}

// Groups stand together in the tables, but numbers and flags are apart: a group's words are collected by its name.
class Differences {
 public:
  void Add(std::string_view name, const std::string& observed, const std::string& usual) {
    Group& group = Of(GroupOf(name));
    Append(group.observed, MemberOf(name), observed);
    Append(group.usual, MemberOf(name), usual);
  }
  std::vector<Finding> Take() {
    FindingList findings("settings.");
    for (Group& group : groups_) {
      findings.Add(Rule::kR1, group.name, std::move(group.observed), std::move(group.usual),
                   "confirm with the grid operator, or take the profile's default");
    }
    return findings.Take();
  }

 private:
  struct Group {
    std::string_view name;
    std::string observed, usual;
  };
  Group& Of(std::string_view name) {
    for (Group& group : groups_) {
      if (group.name == name) return group;
    }
    return groups_.emplace_back(Group{name, "", ""});
  }
  static void Append(std::string& words, std::string_view member, const std::string& value) {
    absl::StrAppend(&words, words.empty() ? "" : ", ", std::string(member), " ", value);
  }

  std::vector<Group> groups_;
};

}  // namespace

std::vector<Finding> CompareWithDefaults(const Settings& settings, const Nameplate& nameplate, const Profile& profile) {
  Settings mine = settings, usual = profile.Defaults(nameplate);
  mine.ratings = EffectiveRatings(nameplate, mine.ratings);
  usual.ratings = EffectiveRatings(nameplate, usual.ratings);
  Differences differences;
  for (const FlagField<Settings>& flag : SettingFlags()) {
    if (flag.of(mine) == flag.of(usual)) continue;
    differences.Add(flag.name, flag.of(mine) ? "on" : "off", flag.of(usual) ? "on" : "off");
  }
  for (const NumberField<Settings>& number : SettingNumbers()) {
    if (std::abs(number.of(mine) - number.of(usual)) <= kRounding) continue;
    differences.Add(number.name, absl::StrCat(number.of(mine)), absl::StrCat(number.of(usual)));
  }
  return differences.Take();
}

}  // namespace derms::gridcode
