#include "services/optimizer/plant_convert.h"

#include <algorithm>
#include <cmath>

#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"

namespace derms::optimizer {
namespace {

using Request = v1::PredictAvailabilityRequest;

absl::Status Invalid(std::string_view field, const std::string& rule) {
  return base::InvalidArgument("INVALID_PLANT", absl::StrCat(std::string(field), " ", rule)).Field(field, rule);
}

// Collects what was taken for granted.
class Assumptions {
 public:
  template <typename Given, typename Text>
  void TakeOr(bool has, Given given, Given& to, const Text& text) {
    if (has) {
      to = given;
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

DescribedPlant SolarOf(const domain::Der& der, const v1::SolarPlant& given) {
  forecast::PvPlant plant{.place = {der.latitude_deg, der.longitude_deg}};
  Assumptions assumed;
  double tilt = plant.plane().tilt_deg, azimuth = plant.plane().azimuth_deg;
  assumed.TakeOr(given.has_tilt_deg(), given.tilt_deg(), tilt, Said("tilt", " degrees"));
  assumed.TakeOr(given.has_azimuth_deg(), given.azimuth_deg(), azimuth, Said("azimuth", " degrees"));
  plant.tilt_deg = tilt;
  plant.azimuth_deg = azimuth;
  assumed.TakeOr(given.has_dc_ac_ratio(), given.dc_ac_ratio(), plant.dc_ac_ratio, Said("DC to AC ratio", ""));
  assumed.TakeOr(given.has_losses_share(), given.losses_share(), plant.losses_share, [](double losses) {
    return absl::StrCat("losses ", std::round(losses * 10000) / 100, " %, those of PVWatts");
  });
  assumed.TakeOr(given.has_inverter_efficiency(), given.inverter_efficiency(), plant.inverter_efficiency,
                 Said("inverter efficiency", ""));
  assumed.TakeOr(given.has_temperature_coefficient_per_c(), given.temperature_coefficient_per_c(),
                 plant.temperature_coefficient_per_c, Said("temperature coefficient", " per C"));
  assumed.TakeOr(given.has_albedo(), given.albedo(), plant.albedo, Said("albedo", ""));
  if (given.mounting() == v1::PV_MOUNTING_UNSPECIFIED) {
    assumed.Add("modules of glass and polymer on an open rack");
  } else {
    plant.mounting = static_cast<forecast::PvMounting>(given.mounting());
  }
  return {plant, assumed.Take()};
}

absl::StatusOr<DescribedPlant> WindOf(const v1::WindPlant& given) {
  forecast::WindPlant plant;
  Assumptions assumed;
  assumed.TakeOr(given.has_hub_height_m(), given.hub_height_m(), plant.hub_height_m, Said("hub height", " m"));
  assumed.TakeOr(given.has_wind_speed_height_m(), given.wind_speed_height_m(), plant.wind_speed_height_m,
                 Said("wind speeds are those at", " m"));
  if (given.has_roughness_length_m()) {
    plant.roughness_length_m = given.roughness_length_m();
    const double lowest = std::min(plant.hub_height_m, plant.wind_speed_height_m);
    if (*plant.roughness_length_m >= lowest) {
      return Invalid("wind.roughness_length_m", absl::StrCat("must be less than the lowest height, ", lowest, " m"));
    }
  } else {
    assumed.Add("power-law wind profile with exponent 1/7");
  }
  std::vector<forecast::PowerCurvePoint> points;
  for (const auto& point : given.power_curve()) {
    if (!points.empty() && point.wind_speed_m_per_s() <= points.back().speed_m_per_s) {
      return Invalid("wind.power_curve", "must rise in wind speed from point to point");
    }
    points.push_back({point.wind_speed_m_per_s(), point.power_share()});
  }
  if (points.size() == 1) return Invalid("wind.power_curve", "must have at least two points");
  if (points.empty()) {
    assumed.Add("cubic power curve from 3 to 12 m/s, rated power up to 25 m/s");
  } else {
    plant.curve = forecast::PowerCurve(std::move(points));
  }
  assumed.TakeOr(given.has_losses_share(), given.losses_share(), plant.losses_share, Said("losses", " of output"));
  return DescribedPlant{plant, assumed.Take()};
}

absl::StatusOr<DescribedPlant> HydroOf(const Request& request) {
  if (!request.has_hydro() || request.hydro().design_flow_m3_per_s() <= 0) {
    return Invalid("hydro.design_flow_m3_per_s", "must be given for a HYDRO plant");
  }
  const v1::HydroPlant& given = request.hydro();
  return DescribedPlant{
      forecast::HydroPlant{given.design_flow_m3_per_s(), given.residual_flow_m3_per_s(), given.min_flow_share()},
      {"head and efficiency do not depend on the flow"}};
}

DescribedPlant GeothermalOf(const v1::GeothermalPlant& given) {
  forecast::GeothermalPlant plant;
  Assumptions assumed;
  assumed.TakeOr(given.has_availability_factor(), given.availability_factor(), plant.availability_factor,
                 Said("availability factor", ""));
  assumed.TakeOr(given.has_derating_per_c(), given.derating_per_c(), plant.derating_per_c,
                 Said("loss in warm air", " per C"));
  if (plant.derating_per_c > 0) {
    assumed.TakeOr(given.has_design_temperature_c(), given.design_temperature_c(), plant.design_temperature_c,
                   Said("designed for air of", " C"));
  }
  return {plant, assumed.Take()};
}

Request::PlantCase CaseOf(domain::DerType type) {
  switch (type) {
    case domain::DerType::kSolar:
      return Request::kSolar;
    case domain::DerType::kWind:
      return Request::kWind;
    case domain::DerType::kHydro:
      return Request::kHydro;
    case domain::DerType::kGeothermal:
      return Request::kGeothermal;
    default:
      return Request::PLANT_NOT_SET;
  }
}

}  // namespace

absl::StatusOr<DescribedPlant> PlantOf(const domain::Der& der, const Request& request) {
  const Request::PlantCase wanted = CaseOf(der.type);
  if (wanted == Request::PLANT_NOT_SET) {
    return base::FailedPrecondition(
        "NO_FORECAST_MODEL", absl::StrCat("DER ", der.der_id, " is a ", std::string(domain::DerTypeName(der.type)),
                                          ": what it can give depends on no weather and needs no forecast"));
  }
  if (request.plant_case() != Request::PLANT_NOT_SET && request.plant_case() != wanted) {
    return Invalid("plant", absl::StrCat("must be of the DER's type, ", std::string(domain::DerTypeName(der.type))));
  }
  switch (wanted) {
    case Request::kSolar:
      return SolarOf(der, request.solar());
    case Request::kWind:
      return WindOf(request.wind());
    case Request::kHydro:
      return HydroOf(request);
    default:
      return GeothermalOf(request.geothermal());
  }
}

}  // namespace derms::optimizer
