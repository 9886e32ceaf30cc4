#include "libs/wire/convert_grid.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <string_view>

#include "libs/gridcode/setting_table.h"

namespace derms::wire {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// Both sides use the same numbers; a test compares every name.
template <typename To, typename From>
To SameNumber(From value) {
  return static_cast<To>(static_cast<int>(value));
}

// A field of GridSettings, perhaps inside one of its messages; null where the schema has no such path.
struct FieldPath {
  const FieldDescriptor* group = nullptr;  // null: the field stands in GridSettings itself
  const FieldDescriptor* field = nullptr;
};

FieldPath PathOf(std::string_view name) {
  const Descriptor* settings = v1::GridSettings::descriptor();
  const std::size_t dot = name.find('.');
  if (dot == std::string_view::npos) return {nullptr, settings->FindFieldByName(std::string(name))};
  const FieldDescriptor* group = settings->FindFieldByName(std::string(name.substr(0, dot)));
  if (group == nullptr || group->message_type() == nullptr) return {};
  return {group, group->message_type()->FindFieldByName(std::string(name.substr(dot + 1)))};
}

// One path for each row of a table, in its order.
template <typename Fields>
std::vector<FieldPath> PathsOf(const Fields& fields) {
  std::vector<FieldPath> paths;
  for (const auto& field : fields) paths.push_back(PathOf(field.name));
  return paths;
}
const std::vector<FieldPath>& NumberPaths() {
  static const std::vector<FieldPath> paths = PathsOf(gridcode::SettingNumbers());
  return paths;
}
const std::vector<FieldPath>& FlagPaths() {
  static const std::vector<FieldPath> paths = PathsOf(gridcode::SettingFlags());
  return paths;
}

// The message that holds the field when it is present there, else null.
const Message* HolderIfPresent(const Message& settings, const FieldPath& path) {
  const Message* holder = &settings;
  if (path.group != nullptr) {
    if (!settings.GetReflection()->HasField(settings, path.group)) return nullptr;
    holder = &settings.GetReflection()->GetMessage(settings, path.group);
  }
  return holder->GetReflection()->HasField(*holder, path.field) ? holder : nullptr;
}
Message* Holder(Message& settings, const FieldPath& path) {
  return path.group == nullptr ? &settings : settings.GetReflection()->MutableMessage(&settings, path.group);
}

const FieldDescriptor* NameplateField(std::string_view name) {
  return v1::GridNameplate::descriptor()->FindFieldByName(std::string(name));
}

}  // namespace

gridcode::Nameplate FromProto(const v1::GridNameplate& nameplate) {
  gridcode::Nameplate out;
  for (const auto& number : gridcode::NameplateNumbers()) {
    number.in(out) = nameplate.GetReflection()->GetDouble(nameplate, NameplateField(number.name));
  }
  if (nameplate.normal_category() != v1::NORMAL_CATEGORY_UNSPECIFIED) {
    out.normal = SameNumber<gridcode::NormalCategory>(nameplate.normal_category());
  }
  if (nameplate.abnormal_category() != v1::ABNORMAL_CATEGORY_UNSPECIFIED) {
    out.abnormal = SameNumber<gridcode::AbnormalCategory>(nameplate.abnormal_category());
  }
  out.supported_modes = {nameplate.supported_modes().begin(), nameplate.supported_modes().end()};
  out.manufacturer = nameplate.manufacturer();
  out.model = nameplate.model();
  out.serial_number = nameplate.serial_number();
  out.version = nameplate.version();
  return out;
}

v1::GridNameplate ToProto(const gridcode::Nameplate& nameplate) {
  v1::GridNameplate out;
  for (const auto& number : gridcode::NameplateNumbers()) {
    out.GetReflection()->SetDouble(&out, NameplateField(number.name), number.of(nameplate));
  }
  if (nameplate.normal) out.set_normal_category(SameNumber<v1::NormalCategory>(*nameplate.normal));
  if (nameplate.abnormal) out.set_abnormal_category(SameNumber<v1::AbnormalCategory>(*nameplate.abnormal));
  out.mutable_supported_modes()->Assign(nameplate.supported_modes.begin(), nameplate.supported_modes.end());
  out.set_manufacturer(nameplate.manufacturer);
  out.set_model(nameplate.model);
  out.set_serial_number(nameplate.serial_number);
  out.set_version(nameplate.version);
  return out;
}

gridcode::GivenSettings FromProto(const v1::GridSettings& settings) {
  gridcode::GivenSettings given;
  for (std::size_t i = 0; i < NumberPaths().size(); ++i) {
    const FieldPath& path = NumberPaths()[i];
    if (const Message* holder = HolderIfPresent(settings, path)) {
      const double value = holder->GetReflection()->GetDouble(*holder, path.field);
      given.numbers.emplace_back(gridcode::SettingNumbers()[i].name, value);
    }
  }
  for (std::size_t i = 0; i < FlagPaths().size(); ++i) {
    const FieldPath& path = FlagPaths()[i];
    if (const Message* holder = HolderIfPresent(settings, path)) {
      given.flags.emplace_back(gridcode::SettingFlags()[i].name, holder->GetReflection()->GetBool(*holder, path.field));
    }
  }
  return given;
}

v1::GridSettings ToProto(const gridcode::GivenSettings& settings) {
  v1::GridSettings out;
  for (const auto& [name, value] : settings.numbers) {
    const FieldPath path = PathOf(name);
    Message* holder = Holder(out, path);
    holder->GetReflection()->SetDouble(holder, path.field, value);
  }
  for (const auto& [name, value] : settings.flags) {
    const FieldPath path = PathOf(name);
    Message* holder = Holder(out, path);
    holder->GetReflection()->SetBool(holder, path.field, value);
  }
  return out;
}

v1::GridFinding ToProto(const gridcode::Finding& finding) {
  v1::GridFinding out;
  out.set_rule(std::string(gridcode::RuleName(finding.rule)));
  out.set_field(finding.field);
  out.set_observed(finding.observed);
  out.set_limit(finding.limit);
  out.set_remedy(finding.remedy);
  return out;
}

gridcode::GridSample FromProto(const v1::GridSample& sample, double nominal_hz, double rated_kw) {
  gridcode::GridSample out;
  out.t_s = sample.time_s();
  out.point.v_pu = sample.has_v_pu() ? sample.v_pu() : 1;
  out.point.f_hz = sample.has_f_hz() ? sample.f_hz() : nominal_hz;
  out.point.available_kw = sample.has_available_kw() ? sample.available_kw() : rated_kw;
  if (sample.has_operating_kw()) out.point.operating_kw = sample.operating_kw();
  return out;
}

v1::GridSupport ToProto(const gridcode::GridSupport& support, double time_s) {
  v1::GridSupport out;
  out.set_time_s(time_s);
  out.set_p_kw(support.p_kw);
  out.set_q_kvar(support.q_kvar);
  out.set_operation(SameNumber<v1::GridOperation>(support.state.operation));
  out.set_energised(support.state.energised);
  out.set_may_trip(support.state.may_trip);
  out.set_tripped_by(std::string(support.state.tripped_by));
  if (support.state.tripped_s) out.set_tripped_at_s(*support.state.tripped_s);
  out.set_power_share(support.state.power_share);
  out.set_power_cause(SameNumber<v1::PowerCause>(support.cause));
  out.set_reactive_mode(SameNumber<v1::ReactiveMode>(support.mode));
  out.set_droop_pu(support.droop_pu);
  out.set_volt_watt_limit_pu(support.volt_watt_limit_pu);
  return out;
}

}  // namespace derms::wire
