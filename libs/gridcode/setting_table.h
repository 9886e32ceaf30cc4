// Every number and flag of Settings and Nameplate with its names, for all code that treats them alike: profiles, range
// checks, the settings file, the schema, the store.
#pragma once

#include <span>
#include <string_view>

#include "libs/gridcode/settings.h"

namespace derms::gridcode {

template <typename Owner>
struct NumberField {
  std::string_view name;    // "volt_var.v1_pu": path of the field in derms.v1 too
  std::string_view column;  // in the de-facto settings file, without its ending: "QV_CURVE_V1"
  double& (*in)(Owner&);
  double file_scale = 1;  // what it is multiplied with there: the file has W, var and VA
  double of(const Owner& owner) const { return in(const_cast<Owner&>(owner)); }  // only read
};
template <typename Owner>
struct FlagField {
  std::string_view name, column;
  bool& (*in)(Owner&);
  std::string_view word_true, word_false;  // in the settings file
  bool of(const Owner& owner) const { return in(const_cast<Owner&>(owner)); }
};

std::span<const NumberField<Settings>> SettingNumbers();
std::span<const FlagField<Settings>> SettingFlags();
std::span<const NumberField<Nameplate>> NameplateNumbers();

// Null when there is none of that name.
const NumberField<Settings>* FindSettingNumber(std::string_view name);
const FlagField<Settings>* FindSettingFlag(std::string_view name);

}  // namespace derms::gridcode
