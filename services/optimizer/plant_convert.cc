#include "services/optimizer/plant_convert.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/wire/convert_plant.h"

namespace derms::optimizer {
namespace {

using Request = v1::PredictAvailabilityRequest;

// Collects what was taken for granted.
class Assumptions {
 public:
  template <typename Text>
  void TakeOr(const std::optional<double>& given, double& to, const Text& text) {
    if (given) {
      to = *given;
    } else {
      list_.push_back(text(to));
    }
  }
  void Add(std::string text) { list_.push_back(std::move(text)); }
  std::vector<std::string> Take() { return std::move(list_); }

 private:
  std::vector<std::string> list_;
};

// "<name> <value><unit>" of a default.
auto Said(std::string_view name, std::string_view unit) {
  return [name = std::string(name), unit = std::string(unit)](double value) {
    return absl::StrCat(name, " ", value, unit);
  };
}

DescribedPlant Describe(const domain::Der& der, const domain::SolarPlant& given) {
  forecast::PvPlant plant{.place = {der.latitude_deg, der.longitude_deg}};
  Assumptions assumed;
  double tilt = plant.plane().tilt_deg, azimuth = plant.plane().azimuth_deg;
  assumed.TakeOr(given.tilt_deg, tilt, Said("tilt", " degrees"));
  assumed.TakeOr(given.azimuth_deg, azimuth, Said("azimuth", " degrees"));
  plant.tilt_deg = tilt;
  plant.azimuth_deg = azimuth;
  assumed.TakeOr(given.dc_ac_ratio, plant.dc_ac_ratio, Said("DC to AC ratio", ""));
  assumed.TakeOr(given.losses_share, plant.losses_share, [](double losses) {
    return absl::StrCat("losses ", std::round(losses * 10000) / 100, " %, those of PVWatts");
  });
  assumed.TakeOr(given.inverter_efficiency, plant.inverter_efficiency, Said("inverter efficiency", ""));
  assumed.TakeOr(given.temperature_coefficient_per_c, plant.temperature_coefficient_per_c,
                 Said("temperature coefficient", " per C"));
  assumed.TakeOr(given.albedo, plant.albedo, Said("albedo", ""));
  if (given.mounting) {
    plant.mounting = static_cast<forecast::PvMounting>(*given.mounting);
  } else {
    assumed.Add("modules of glass and polymer on an open rack");
  }
  return {plant, assumed.Take()};
}

DescribedPlant Describe(const domain::Der&, const domain::WindPlant& given) {
  forecast::WindPlant plant;
  Assumptions assumed;
  assumed.TakeOr(given.hub_height_m, plant.hub_height_m, Said("hub height", " m"));
  assumed.TakeOr(given.wind_speed_height_m, plant.wind_speed_height_m, Said("wind speeds are those at", " m"));
  plant.roughness_length_m = given.roughness_length_m;
  if (!given.roughness_length_m) assumed.Add("power-law wind profile with exponent 1/7");
  if (given.power_curve.empty()) {
    assumed.Add("cubic power curve from 3 to 12 m/s, rated power up to 25 m/s");
  } else {
    std::vector<forecast::PowerCurvePoint> points;
    for (const auto& point : given.power_curve) points.push_back({point.wind_speed_m_per_s, point.power_share});
    plant.curve = forecast::PowerCurve(std::move(points));
  }
  assumed.TakeOr(given.losses_share, plant.losses_share, Said("losses", " of output"));
  return {plant, assumed.Take()};
}

DescribedPlant Describe(const domain::Der&, const domain::HydroPlant& given) {
  return {forecast::HydroPlant{given.design_flow_m3_per_s.value_or(0), given.residual_flow_m3_per_s.value_or(0),
                               given.min_flow_share.value_or(0)},
          {"head and efficiency do not depend on the flow"}};
}

DescribedPlant Describe(const domain::Der&, const domain::GeothermalPlant& given) {
  forecast::GeothermalPlant plant;
  Assumptions assumed;
  assumed.TakeOr(given.availability_factor, plant.availability_factor, Said("availability factor", ""));
  assumed.TakeOr(given.derating_per_c, plant.derating_per_c, Said("loss in warm air", " per C"));
  if (plant.derating_per_c > 0) {
    assumed.TakeOr(given.design_temperature_c, plant.design_temperature_c, Said("designed for air of", " C"));
  }
  return {plant, assumed.Take()};
}

std::optional<domain::Plant> PlantOfDefaults(domain::DerType type) {
  switch (type) {
    case domain::DerType::kSolar:
      return domain::SolarPlant();
    case domain::DerType::kWind:
      return domain::WindPlant();
    case domain::DerType::kHydro:
      return domain::HydroPlant();
    case domain::DerType::kGeothermal:
      return domain::GeothermalPlant();
    default:
      return std::nullopt;
  }
}

domain::SharedPlant PlantOfRequest(const Request& request) {
  switch (request.plant_case()) {
    case Request::kSolar:
      return wire::FromProto(request.solar());
    case Request::kWind:
      return wire::FromProto(request.wind());
    case Request::kHydro:
      return wire::FromProto(request.hydro());
    case Request::kGeothermal:
      return wire::FromProto(request.geothermal());
    case Request::PLANT_NOT_SET:
      break;
  }
  return {};
}

}  // namespace

GivenPlant GivenPlantOf(const domain::Der& der, const Request& request) {
  if (auto plant = PlantOfRequest(request)) return {std::move(plant), v1::PLANT_SOURCE_REQUEST};
  if (der.parameters.plant) return {der.parameters.plant, v1::PLANT_SOURCE_DER};
  return {};
}

absl::StatusOr<DescribedPlant> PlantOf(const domain::Der& der, const domain::SharedPlant& given) {
  const std::optional<domain::Plant> defaults = PlantOfDefaults(der.type);
  if (!defaults) {
    return base::FailedPrecondition(
        "NO_FORECAST_MODEL", absl::StrCat("DER ", der.der_id, " is a ", std::string(domain::DerTypeName(der.type)),
                                          ": what it can give depends on no weather and needs no forecast"));
  }
  const domain::Plant& plant = given ? *given : *defaults;
  base::Violations violations;
  domain::CheckPlant(der.type, plant, "", violations);
  RETURN_IF_ERROR(violations.ToStatus("INVALID_PLANT"));
  return std::visit([&](const auto& each) { return Describe(der, each); }, plant);
}

}  // namespace derms::optimizer
