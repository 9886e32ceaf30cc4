#include "services/registry/compliance_record.h"

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/wire/convert_grid.h"
#include "libs/wire/convert_time.h"
#include "libs/wire/stored_grid.h"

namespace derms::registry {
namespace {

absl::Status Unreadable(const std::string& der_id) {
  return base::Internal("GRID_RECORD_UNREADABLE",
                        absl::StrCat("nameplate or settings of DER ", der_id, " cannot be read; put them again"));
}

}  // namespace

std::string NameplateToJson(const gridcode::Nameplate& nameplate) {
  return wire::ToStoredJson(nameplate);
}
std::string SettingsToJson(const gridcode::Settings& settings) {
  return wire::ToStoredJson(settings);
}

absl::StatusOr<gridcode::Nameplate> NameplateOf(const domain::GridRecord& record) {
  if (auto nameplate = wire::NameplateFromStoredJson(record.nameplate_json)) return *std::move(nameplate);
  return Unreadable(record.der_id);
}

absl::StatusOr<gridcode::Settings> SettingsOf(const domain::GridRecord& record, const gridcode::Settings& defaults) {
  if (record.settings_json.empty()) return defaults;
  if (auto settings = wire::SettingsFromStoredJson(record.settings_json, defaults)) return *std::move(settings);
  return Unreadable(record.der_id);
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
