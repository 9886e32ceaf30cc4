#include "libs/wire/stored_grid.h"

#include <nlohmann/json.hpp>

#include "libs/gridcode/setting_table.h"
#include "libs/wire/convert_grid.h"
#include "libs/wire/stored_json.h"

namespace derms::wire {
namespace {

using Json = nlohmann::json;

// What stands under a name of setting_table.h, perhaps inside a group; null when it is not there.
const Json* At(const Json& object, std::string_view name) {
  const std::size_t dot = name.find('.');
  const auto found = object.find(std::string(name.substr(0, dot)));
  if (found == object.end()) return nullptr;
  return dot == std::string_view::npos ? &*found : At(*found, name.substr(dot + 1));
}

template <typename T>
void Read(const Json& object, std::string_view name, T& out) {
  if (const Json* value = At(object, name)) out = value->get<T>();
}

template <typename Category>
std::optional<Category> CategoryOf(std::string_view word, const google::protobuf::EnumDescriptor& words) {
  const auto* value = words.FindValueByName(std::string(word));
  if (value == nullptr || value->number() == 0) return std::nullopt;
  return static_cast<Category>(value->number());
}

std::string WordAt(const Json& object, std::string_view name) {
  std::string word;
  Read(object, name, word);
  return word;
}

gridcode::Nameplate ReadNameplate(const Json& in) {
  gridcode::Nameplate out;
  for (const auto& number : gridcode::NameplateNumbers()) Read(in, number.name, number.in(out));
  out.normal = NormalCategoryOf(WordAt(in, "normal_category"));
  out.abnormal = AbnormalCategoryOf(WordAt(in, "abnormal_category"));
  Read(in, "supported_modes", out.supported_modes);
  Read(in, "manufacturer", out.manufacturer);
  Read(in, "model", out.model);
  Read(in, "serial_number", out.serial_number);
  Read(in, "version", out.version);
  return out;
}

gridcode::Settings ReadSettings(const Json& in, gridcode::Settings out) {
  for (const auto& number : gridcode::SettingNumbers()) Read(in, number.name, number.in(out));
  for (const auto& flag : gridcode::SettingFlags()) Read(in, flag.name, flag.in(out));
  return out;
}

}  // namespace

std::string ToStoredJson(const gridcode::Nameplate& nameplate) {
  return ToStoredJson(ToProto(nameplate));
}
std::string ToStoredJson(const gridcode::Settings& settings) {
  return ToStoredJson(ToProto(gridcode::AllOf(settings)));
}

std::optional<gridcode::Nameplate> NameplateFromStoredJson(std::string_view json) {
  try {
    return ReadNameplate(Json::parse(json));
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

std::optional<gridcode::Settings> SettingsFromStoredJson(std::string_view json, const gridcode::Settings& defaults) {
  try {
    return ReadSettings(Json::parse(json), defaults);
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

std::optional<gridcode::NormalCategory> NormalCategoryOf(std::string_view word) {
  return CategoryOf<gridcode::NormalCategory>(word, *v1::NormalCategory_descriptor());
}
std::optional<gridcode::AbnormalCategory> AbnormalCategoryOf(std::string_view word) {
  return CategoryOf<gridcode::AbnormalCategory>(word, *v1::AbnormalCategory_descriptor());
}

}  // namespace derms::wire
