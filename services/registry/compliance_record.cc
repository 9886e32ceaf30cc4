#include "services/registry/compliance_record.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/gridcode/setting_table.h"
#include "libs/wire/convert_grid.h"
#include "libs/wire/convert_time.h"
#include "libs/wire/stored_json.h"

namespace derms::registry {
namespace {

using Json = nlohmann::json;

absl::Status Unreadable(const std::string& der_id) {
  return base::Internal("GRID_RECORD_UNREADABLE",
                        absl::StrCat("nameplate or settings of DER ", der_id, " cannot be read; put them again"));
}

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
void ReadCategory(const Json& object, std::string_view name, const google::protobuf::EnumDescriptor& words,
                  std::optional<Category>& out) {
  std::string word;
  Read(object, name, word);
  const auto* value = words.FindValueByName(word);
  if (value != nullptr && value->number() > 0) out = static_cast<Category>(value->number());
}

gridcode::Nameplate ReadNameplate(const Json& in) {
  gridcode::Nameplate out;
  for (const auto& number : gridcode::NameplateNumbers()) Read(in, number.name, number.in(out));
  ReadCategory(in, "normal_category", *v1::NormalCategory_descriptor(), out.normal);
  ReadCategory(in, "abnormal_category", *v1::AbnormalCategory_descriptor(), out.abnormal);
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

std::string NameplateToJson(const gridcode::Nameplate& nameplate) {
  return wire::ToStoredJson(wire::ToProto(nameplate));
}
std::string SettingsToJson(const gridcode::Settings& settings) {
  return wire::ToStoredJson(wire::ToProto(gridcode::AllOf(settings)));
}

absl::StatusOr<gridcode::Nameplate> NameplateOf(const domain::GridRecord& record) {
  try {
    return ReadNameplate(Json::parse(record.nameplate_json));
  } catch (const Json::exception&) {
    return Unreadable(record.der_id);
  }
}

absl::StatusOr<gridcode::Settings> SettingsOf(const domain::GridRecord& record, const gridcode::Settings& defaults) {
  if (record.settings_json.empty()) return defaults;
  try {
    return ReadSettings(Json::parse(record.settings_json), defaults);
  } catch (const Json::exception&) {
    return Unreadable(record.der_id);
  }
}

v1::GridRecord ViewOfRecord(const domain::GridRecord& record, const gridcode::Nameplate& nameplate,
                            const gridcode::Settings& settings) {
  v1::GridRecord view;
  view.set_der_id(record.der_id);
  view.set_revision(record.revision);
  view.set_nameplate_revision(record.nameplate_revision);
  view.set_settings_revision(record.settings_revision);
  view.set_profile_id(record.profile_id);
  *view.mutable_nameplate() = wire::ToProto(nameplate);
  *view.mutable_settings() = wire::ToProto(gridcode::AllOf(settings));
  view.set_put_by(record.put_by);
  *view.mutable_put_at() = wire::ToProto(record.put_at);
  return view;
}

}  // namespace derms::registry
