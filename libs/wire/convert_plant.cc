#include "libs/wire/convert_plant.h"

#include <string>

namespace derms::wire {
namespace {

using google::protobuf::Message;

// Numbers by their names, which are the same on both sides; a test compares every one.
template <typename PlantType>
PlantType NumbersOf(const Message& message) {
  PlantType plant;
  domain::VisitNumbers(plant, [&](const char* name, std::optional<double>& number) {
    const auto* field = message.GetDescriptor()->FindFieldByName(name);
    if (message.GetReflection()->HasField(message, field)) {
      number = message.GetReflection()->GetDouble(message, field);
    }
  });
  return plant;
}

template <typename PlantType>
void SetNumbers(const PlantType& plant, Message* message) {
  domain::VisitNumbers(plant, [&](const char* name, const std::optional<double>& number) {
    if (!number) return;
    message->GetReflection()->SetDouble(message, message->GetDescriptor()->FindFieldByName(name), *number);
  });
}

struct Setter {
  v1::Plant& out;

  void operator()(const domain::SolarPlant& plant) const {
    SetNumbers(plant, out.mutable_solar());
    if (plant.mounting) out.mutable_solar()->set_mounting(static_cast<v1::PvMounting>(*plant.mounting));
  }
  void operator()(const domain::WindPlant& plant) const {
    SetNumbers(plant, out.mutable_wind());
    for (const domain::PowerCurvePoint& point : plant.power_curve) {
      v1::PowerCurvePoint& added = *out.mutable_wind()->add_power_curve();
      added.set_wind_speed_m_per_s(point.wind_speed_m_per_s);
      added.set_power_share(point.power_share);
    }
  }
  void operator()(const domain::HydroPlant& plant) const { SetNumbers(plant, out.mutable_hydro()); }
  void operator()(const domain::GeothermalPlant& plant) const { SetNumbers(plant, out.mutable_geothermal()); }
};

}  // namespace

domain::Plant FromProto(const v1::SolarPlant& given) {
  auto plant = NumbersOf<domain::SolarPlant>(given);
  if (given.mounting() != v1::PV_MOUNTING_UNSPECIFIED) {
    plant.mounting = static_cast<domain::PvMounting>(given.mounting());
  }
  return plant;
}

domain::Plant FromProto(const v1::WindPlant& given) {
  auto plant = NumbersOf<domain::WindPlant>(given);
  for (const v1::PowerCurvePoint& point : given.power_curve()) {
    plant.power_curve.push_back({point.wind_speed_m_per_s(), point.power_share()});
  }
  return plant;
}

domain::Plant FromProto(const v1::HydroPlant& given) {
  return NumbersOf<domain::HydroPlant>(given);
}
domain::Plant FromProto(const v1::GeothermalPlant& given) {
  return NumbersOf<domain::GeothermalPlant>(given);
}

v1::Plant ToProto(const domain::Plant& plant) {
  v1::Plant out;
  std::visit(Setter{out}, plant);
  return out;
}

std::optional<domain::Plant> PlantFromProto(const v1::Plant& plant) {
  switch (plant.kind_case()) {
    case v1::Plant::kSolar:
      return FromProto(plant.solar());
    case v1::Plant::kWind:
      return FromProto(plant.wind());
    case v1::Plant::kHydro:
      return FromProto(plant.hydro());
    case v1::Plant::kGeothermal:
      return FromProto(plant.geothermal());
    case v1::Plant::KIND_NOT_SET:
      break;
  }
  return std::nullopt;
}

}  // namespace derms::wire
