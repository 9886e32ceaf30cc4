#include "services/registry/compliance_record.h"

#include <google/protobuf/util/json_util.h>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/wire/convert_grid.h"
#include "libs/wire/convert_time.h"

namespace derms::registry {
namespace {

std::string ToJson(const google::protobuf::Message& message) {
  std::string json;
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  const auto status = google::protobuf::util::MessageToJsonString(message, &json, options);
  return status.ok() ? json : std::string("{}");  // a message without Any always prints
}

template <typename Message>
absl::StatusOr<Message> FromJson(const std::string& json, const std::string& der_id) {
  Message message;
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;  // written by a newer version
  if (google::protobuf::util::JsonStringToMessage(json, &message, options).ok()) return message;
  return base::Internal("GRID_RECORD_UNREADABLE",
                        absl::StrCat("nameplate or settings of DER ", der_id, " cannot be read; put them again"));
}

}  // namespace

std::string NameplateToJson(const gridcode::Nameplate& nameplate) {
  return ToJson(wire::ToProto(nameplate));
}
std::string SettingsToJson(const gridcode::Settings& settings) {
  return ToJson(wire::ToProto(gridcode::AllOf(settings)));
}

absl::StatusOr<gridcode::Nameplate> NameplateOf(const domain::GridRecord& record) {
  ASSIGN_OR_RETURN(const auto message, FromJson<v1::GridNameplate>(record.nameplate_json, record.der_id));
  return wire::FromProto(message);
}

absl::StatusOr<gridcode::Settings> SettingsOf(const domain::GridRecord& record, const gridcode::Settings& defaults) {
  if (record.settings_json.empty()) return defaults;
  ASSIGN_OR_RETURN(const auto message, FromJson<v1::GridSettings>(record.settings_json, record.der_id));
  return gridcode::WithGiven(defaults, wire::FromProto(message));
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
