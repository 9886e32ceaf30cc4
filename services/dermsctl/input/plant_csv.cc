#include "services/dermsctl/input/plant_csv.h"

#include <algorithm>
#include <set>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "services/dermsctl/input/enum_words.h"

namespace derms::dermsctl {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

// The field of Plant for a type; null: no weather caps its output.
const FieldDescriptor* KindOf(v1::DerType type) {
  const Descriptor& plant = *v1::Plant::descriptor();
  switch (type) {
    case v1::DER_TYPE_SOLAR:
      return plant.FindFieldByNumber(v1::Plant::kSolarFieldNumber);
    case v1::DER_TYPE_WIND:
      return plant.FindFieldByNumber(v1::Plant::kWindFieldNumber);
    case v1::DER_TYPE_HYDRO:
      return plant.FindFieldByNumber(v1::Plant::kHydroFieldNumber);
    case v1::DER_TYPE_GEOTHERMAL:
      return plant.FindFieldByNumber(v1::Plant::kGeothermalFieldNumber);
    default:
      return nullptr;
  }
}

void ReadCurve(const std::string& text, base::Violations& violations, v1::WindPlant* plant) {
  const std::vector<std::string> pairs = absl::StrSplit(text, ';');
  for (const std::string& pair : pairs) {
    const std::vector<std::string> numbers = absl::StrSplit(pair, ':');
    double speed = 0, share = 0;
    if (numbers.size() != 2 || !absl::SimpleAtod(numbers[0], &speed) || !absl::SimpleAtod(numbers[1], &share)) {
      violations.Add("power_curve", absl::StrCat("'", pair, "' is not SPEED:SHARE, as 3:0;12:1;25:1"));
      return;
    }
    v1::PowerCurvePoint& point = *plant->add_power_curve();
    point.set_wind_speed_m_per_s(speed);
    point.set_power_share(share);
  }
}

void ReadMounting(const std::string& text, base::Violations& violations, v1::SolarPlant* plant) {
  const auto mounting = ParseWord<v1::PvMounting>(text);
  if (mounting.ok()) {
    plant->set_mounting(*mounting);
  } else {
    violations.Add("mounting", absl::StrCat("'", text, "' is none of ", Choices<v1::PvMounting>()));
  }
}

// A cell that is filled.
void ReadField(const CsvRow& row, const FieldDescriptor* kind, const FieldDescriptor* field,
               base::Violations& violations, v1::Plant* plant) {
  google::protobuf::Message* data = plant->GetReflection()->MutableMessage(plant, kind);
  if (field->is_repeated()) {
    ReadCurve(*row.Text({field->name()}), violations, plant->mutable_wind());
  } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
    ReadMounting(*row.Text({field->name()}), violations, plant->mutable_solar());
  } else if (const auto number = row.Number({field->name()}, violations)) {
    data->GetReflection()->SetDouble(data, field, *number);
  }
}

}  // namespace

void ReadPlant(const CsvRow& row, v1::DerType type, base::Violations& violations, v1::DerParameters* parameters) {
  const FieldDescriptor* kind = KindOf(type);
  for (const std::string& column : PlantColumns()) {
    if (!row.Text({column})) continue;
    const FieldDescriptor* field = kind == nullptr ? nullptr : kind->message_type()->FindFieldByName(column);
    if (field == nullptr) {
      violations.Add(column, absl::StrCat("is not for the plant of a ", Word(type), "; leave it empty"));
    } else {
      ReadField(row, kind, field, violations, parameters->mutable_plant());
    }
  }
}

const std::vector<std::string>& PlantColumns() {
  static const std::vector<std::string> columns = [] {
    std::set<std::string> names;
    const Descriptor& plant = *v1::Plant::descriptor();
    for (int kind = 0; kind < plant.field_count(); ++kind) {
      const Descriptor& data = *plant.field(kind)->message_type();
      for (int i = 0; i < data.field_count(); ++i) names.insert(data.field(i)->name());
    }
    return std::vector<std::string>(names.begin(), names.end());
  }();
  return columns;
}

}  // namespace derms::dermsctl
