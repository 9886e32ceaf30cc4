#include "libs/wire/convert_der.h"

#include <cmath>
#include <utility>
#include <vector>

#include "libs/domain/parameters.h"
#include "libs/wire/convert_plant.h"
#include "libs/wire/convert_time.h"

namespace derms::wire {
namespace {

using google::protobuf::FieldDescriptor;

// Both sides use the same numbers; a test compares every name.
template <typename To, typename From>
To SameNumber(From value) {
  return static_cast<To>(static_cast<int>(value));
}

struct ParameterField {
  std::optional<double> domain::DerParameters::*member;
  const FieldDescriptor* field;
};

// The table of the domain joined with the message's fields, made once.
const std::vector<ParameterField>& ParameterFields() {
  static const std::vector<ParameterField> kFields = [] {
    std::vector<ParameterField> fields;
    for (const domain::ParameterNumber& number : domain::ParameterNumbers()) {
      fields.push_back({number.member, v1::DerParameters::descriptor()->FindFieldByName(std::string(number.name))});
    }
    return fields;
  }();
  return kFields;
}

double RoundedForOthers(double degrees) {
  return std::round(degrees * 10) / 10;
}

}  // namespace

v1::DerType ToProto(domain::DerType type) {
  return SameNumber<v1::DerType>(type);
}
v1::DerStatus ToProto(domain::DerStatus status) {
  return SameNumber<v1::DerStatus>(status);
}
v1::Lifecycle ToProto(domain::Lifecycle lifecycle) {
  return SameNumber<v1::Lifecycle>(lifecycle);
}
domain::DerType FromProto(v1::DerType type) {
  return SameNumber<domain::DerType>(type);
}
domain::DerStatus FromProto(v1::DerStatus status) {
  return SameNumber<domain::DerStatus>(status);
}

v1::DerParameters ToProto(const domain::DerParameters& parameters) {
  v1::DerParameters out;
  for (const ParameterField& entry : ParameterFields()) {
    if (const auto& value = parameters.*entry.member) out.GetReflection()->SetDouble(&out, entry.field, *value);
  }
  if (parameters.availability_series_id) out.set_availability_series_id(*parameters.availability_series_id);
  if (parameters.island_category) out.set_island_category(SameNumber<v1::IslandCategory>(*parameters.island_category));
  if (parameters.plant) *out.mutable_plant() = ToProto(*parameters.plant);
  return out;
}

domain::DerParameters FromProto(const v1::DerParameters& parameters) {
  domain::DerParameters out;
  for (const ParameterField& entry : ParameterFields()) {
    if (parameters.GetReflection()->HasField(parameters, entry.field)) {
      out.*entry.member = parameters.GetReflection()->GetDouble(parameters, entry.field);
    }
  }
  // An empty name is no name: the same as none.
  if (!parameters.availability_series_id().empty()) out.availability_series_id = parameters.availability_series_id();
  if (parameters.island_category() != v1::ISLAND_CATEGORY_UNSPECIFIED) {
    out.island_category = SameNumber<domain::IslandCategory>(parameters.island_category());
  }
  if (auto plant = PlantFromProto(parameters.plant())) out.plant = *std::move(plant);
  return out;
}

v1::Reading ToProto(const domain::Reading& reading) {
  v1::Reading out;
  out.set_der_id(reading.der_id);
  *out.mutable_measured_at() = ToProto(reading.measured_at);
  if (reading.power_kw) out.set_power_kw(*reading.power_kw);
  if (reading.reactive_power_kvar) out.set_reactive_power_kvar(*reading.reactive_power_kvar);
  if (reading.voltage_v) out.set_voltage_v(*reading.voltage_v);
  if (reading.frequency_hz) out.set_frequency_hz(*reading.frequency_hz);
  if (reading.state_of_charge_kwh) out.set_state_of_charge_kwh(*reading.state_of_charge_kwh);
  out.set_quality(SameNumber<v1::ReadingQuality>(reading.quality));
  return out;
}

domain::Reading FromProto(const v1::Reading& reading, absl::Time now) {
  domain::Reading out;
  out.der_id = reading.der_id();
  out.measured_at = reading.has_measured_at() ? FromProto(reading.measured_at()) : now;
  if (reading.has_power_kw()) out.power_kw = reading.power_kw();
  if (reading.has_reactive_power_kvar()) out.reactive_power_kvar = reading.reactive_power_kvar();
  if (reading.has_voltage_v()) out.voltage_v = reading.voltage_v();
  if (reading.has_frequency_hz()) out.frequency_hz = reading.frequency_hz();
  if (reading.has_state_of_charge_kwh()) out.state_of_charge_kwh = reading.state_of_charge_kwh();
  if (reading.quality() != v1::READING_QUALITY_UNSPECIFIED) {
    out.quality = SameNumber<domain::ReadingQuality>(reading.quality());
  }
  return out;
}

v1::Der ToProto(const domain::Der& der, domain::DerStatus status, const std::optional<domain::Reading>& reading,
                bool show_private) {
  v1::Der out;
  out.set_der_id(der.der_id);
  out.set_type(ToProto(der.type));
  out.set_capacity_kw(der.capacity_kw);
  out.set_region_id(der.region_id);
  out.set_status(ToProto(status));
  out.set_stored_status(ToProto(der.stored_status));
  out.set_lifecycle(ToProto(der.lifecycle));
  *out.mutable_parameters() = ToProto(der.parameters);
  *out.mutable_registered_at() = ToProto(der.registered_at);
  *out.mutable_updated_at() = ToProto(der.updated_at);
  out.set_revision(der.revision);
  v1::Location& location = *out.mutable_location();
  location.set_latitude_deg(show_private ? der.latitude_deg : RoundedForOthers(der.latitude_deg));
  location.set_longitude_deg(show_private ? der.longitude_deg : RoundedForOthers(der.longitude_deg));
  if (!show_private) return out;
  out.set_owner_id(der.owner_id);
  out.set_gateway_id(der.gateway_id);
  if (reading) *out.mutable_latest_reading() = ToProto(*reading);
  return out;
}

domain::Der FromProto(const v1::RegisterDerRequest& request, std::string owner_id, absl::Time now) {
  domain::Der out;
  out.der_id = request.der_id();
  out.owner_id = std::move(owner_id);
  out.type = FromProto(request.type());
  out.capacity_kw = request.capacity_kw();
  out.latitude_deg = request.location().latitude_deg();
  out.longitude_deg = request.location().longitude_deg();
  out.region_id = request.region_id();
  out.parameters = FromProto(request.parameters());
  out.registered_at = now;
  out.updated_at = now;
  out.revision = 1;
  return out;
}

v1::CapacityRule ToProto(const domain::CapacityRule& rule) {
  v1::CapacityRule out;
  out.set_type(ToProto(rule.type));
  out.set_min_kw(rule.min_kw);
  out.set_max_kw(rule.max_kw);
  out.set_usual_min_kw(rule.usual_min_kw);
  out.set_usual_max_kw(rule.usual_max_kw);
  return out;
}

domain::CapacityRule FromProto(const v1::CapacityRule& rule) {
  return {.type = FromProto(rule.type()),
          .min_kw = rule.min_kw(),
          .max_kw = rule.max_kw(),
          .usual_min_kw = rule.usual_min_kw(),
          .usual_max_kw = rule.usual_max_kw()};
}

v1::MaintenanceRecord ToProto(const domain::MaintenanceRecord& record) {
  v1::MaintenanceRecord out;
  out.set_record_id(record.record_id);
  out.set_der_id(record.der_id);
  out.set_kind(SameNumber<v1::MaintenanceKind>(record.kind));
  *out.mutable_starts_at() = ToProto(record.starts_at);
  *out.mutable_ends_at() = ToProto(record.ends_at);
  out.set_crew(record.crew);
  out.set_notes(record.notes);
  out.set_recorded_by(record.recorded_by);
  *out.mutable_recorded_at() = ToProto(record.recorded_at);
  return out;
}

domain::MaintenanceRecord FromProto(const v1::RecordMaintenanceRequest& request, std::string record_id,
                                    std::string recorded_by, absl::Time now) {
  return {.record_id = std::move(record_id),
          .der_id = request.der_id(),
          .kind = SameNumber<domain::MaintenanceKind>(request.kind()),
          .starts_at = FromProto(request.starts_at()),
          .ends_at = FromProto(request.ends_at()),
          .crew = request.crew(),
          .notes = request.notes(),
          .recorded_by = std::move(recorded_by),
          .recorded_at = now};
}

}  // namespace derms::wire
