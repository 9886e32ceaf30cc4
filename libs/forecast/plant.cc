#include "libs/forecast/plant.h"

namespace derms::forecast {
namespace {

template <typename... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};
template <typename... Functions>
Overloaded(Functions...) -> Overloaded<Functions...>;

}  // namespace

std::optional<double> PlantShare(const Plant& plant, absl::Time starts_at, absl::Duration interval,
                                 const Weather& weather) {
  return std::visit(
      Overloaded{[&](const PvPlant& pv) {
                   return PvShare(pv, starts_at, interval,
                                  {weather.global_w_per_m2, weather.direct_w_per_m2, weather.diffuse_w_per_m2,
                                   weather.air_c, weather.wind_speed_m_per_s});
                 },
                 [&](const WindPlant& turbine) -> std::optional<double> {
                   if (!weather.wind_speed_m_per_s) return std::nullopt;
                   return WindShare(turbine, {*weather.wind_speed_m_per_s, weather.air_c, weather.pressure_pa});
                 },
                 [&](const HydroPlant& hydro) -> std::optional<double> {
                   if (!weather.flow_m3_per_s) return std::nullopt;
                   return HydroShare(hydro, *weather.flow_m3_per_s);
                 },
                 [&](const GeothermalPlant& geothermal) -> std::optional<double> {
                   if (!weather.air_c && geothermal.derating_per_c > 0) return std::nullopt;
                   return GeothermalShare(geothermal, weather.air_c.value_or(geothermal.design_temperature_c));
                 }},
      plant);
}

std::string MethodOf(const Plant& plant) {
  return std::visit(
      Overloaded{
          [](const PvPlant&) {
            return std::string(
                "PVWatts 5 (NREL/TP-6A20-62641) on Michalsky's solar position, Erbs and Hay-Davies irradiance, "
                "Sandia's cell temperature and ASHRAE's incidence modifier");
          },
          [](const WindPlant& turbine) {
            return std::string(turbine.roughness_length_m ? "logarithmic wind profile" : "power-law wind profile") +
                   " to hub height, power curve corrected for the density of the air (IEC 61400-12-1, Svenningsen)";
          },
          [](const HydroPlant&) { return std::string("usable flow over design flow (ESHA 2004)"); },
          [](const GeothermalPlant&) {
            return std::string("availability factor with a linear loss in air warmer than designed for");
          }},
      plant);
}

}  // namespace derms::forecast
