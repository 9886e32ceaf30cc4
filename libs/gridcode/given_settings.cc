#include "libs/gridcode/given_settings.h"

#include "libs/gridcode/setting_table.h"

namespace derms::gridcode {

Settings WithGiven(Settings settings, const GivenSettings& given) {
  for (const auto& [name, value] : given.numbers) {
    if (const auto* number = FindSettingNumber(name); number != nullptr) number->in(settings) = value;
  }
  for (const auto& [name, value] : given.flags) {
    if (const auto* flag = FindSettingFlag(name); flag != nullptr) flag->in(settings) = value;
  }
  return settings;
}

GivenSettings AllOf(const Settings& settings) {
  GivenSettings given;
  for (const auto& number : SettingNumbers()) given.numbers.emplace_back(number.name, number.of(settings));
  for (const auto& flag : SettingFlags()) given.flags.emplace_back(flag.name, flag.of(settings));
  return given;
}

}  // namespace derms::gridcode
