#include "libs/store/plant_json.h"

#include <nlohmann/json.hpp>
#include <string>
#include <utility>

namespace derms::store {
namespace {

constexpr char kMounting[] = "mounting";       // its number
constexpr char kPowerCurve[] = "power_curve";  // pairs of wind speed and share

void AddRest(const domain::SolarPlant& plant, nlohmann::json& json) {
  if (plant.mounting) json[kMounting] = static_cast<int>(*plant.mounting);
}
void AddRest(const domain::WindPlant& plant, nlohmann::json& json) {
  for (const auto& point : plant.power_curve) {
    json[kPowerCurve].push_back({point.wind_speed_m_per_s, point.power_share});
  }
}
void AddRest(const domain::HydroPlant&, nlohmann::json&) {}
void AddRest(const domain::GeothermalPlant&, nlohmann::json&) {}

void ReadRest(const nlohmann::json& json, domain::SolarPlant& plant) {
  const auto found = json.find(kMounting);
  if (found == json.end() || !found->is_number_integer()) return;
  plant.mounting = static_cast<domain::PvMounting>(found->get<int>());
}
void ReadRest(const nlohmann::json& json, domain::WindPlant& plant) {
  const auto found = json.find(kPowerCurve);
  if (found == json.end()) return;
  for (const auto& point : *found) {
    if (!point.is_array() || point.size() != 2) continue;
    plant.power_curve.push_back({point[0].get<double>(), point[1].get<double>()});
  }
}
void ReadRest(const nlohmann::json&, domain::HydroPlant&) {}
void ReadRest(const nlohmann::json&, domain::GeothermalPlant&) {}

}  // namespace

nlohmann::json PlantJson(const domain::Plant& plant) {
  nlohmann::json data = nlohmann::json::object();
  std::visit(
      [&](const auto& each) {
        domain::VisitNumbers(each, [&](const char* name, const std::optional<double>& number) {
          if (number) data[name] = *number;
        });
        AddRest(each, data);
      },
      plant);
  return {{std::string(domain::PlantKindName(plant)), std::move(data)}};
}

domain::SharedPlant PlantOfJson(const nlohmann::json& json) {
  for (const char* kind : {"solar", "wind", "hydro", "geothermal"}) {
    const auto found = json.find(kind);
    if (found == json.end() || !found->is_object()) continue;
    domain::Plant plant = domain::PlantOfKind(kind);
    std::visit(
        [&](auto& each) {
          domain::VisitNumbers(each, [&](const char* name, std::optional<double>& number) {
            const auto value = found->find(name);
            if (value != found->end() && value->is_number()) number = value->template get<double>();
          });
          ReadRest(*found, each);
        },
        plant);
    return plant;
  }
  return {};
}

}  // namespace derms::store
