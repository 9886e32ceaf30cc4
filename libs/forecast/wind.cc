#include "libs/forecast/wind.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "libs/forecast/angles.h"

namespace derms::forecast {
namespace {

constexpr double kZeroCelsiusK = 273.15;
constexpr double kGasConstantOfDryAir = 287.058;  // J/(kg K)
constexpr double kCoolingPerM = 0.0065;
constexpr double kPaPerM = 100.0 / 8;
constexpr double kTemperatureHeightM = 2;
constexpr double kCurveStepMPerS = 0.25;

// Linear between the points; the end values beyond them.
double Between(double x, double x0, double y0, double x1, double y1) {
  if (x <= x0) return y0;
  if (x >= x1) return y1;
  return y0 + (y1 - y0) * (x - x0) / (x1 - x0);
}

double DensityExponent(double speed_m_per_s) {
  return Between(speed_m_per_s, 7.5, 1.0 / 3, 12.5, 2.0 / 3);
}

// Where a point of the curve lies in air of another density.
double Moved(double speed_m_per_s, double density_ratio) {
  return speed_m_per_s * std::pow(density_ratio, DensityExponent(speed_m_per_s));
}

}  // namespace

double LogarithmicProfile(double speed_m_per_s, double from_height_m, double to_height_m, double roughness_length_m) {
  return speed_m_per_s * std::log(to_height_m / roughness_length_m) / std::log(from_height_m / roughness_length_m);
}

double PowerLawProfile(double speed_m_per_s, double from_height_m, double to_height_m, double exponent) {
  return speed_m_per_s * std::pow(to_height_m / from_height_m, exponent);
}

double TemperatureAtHeightC(double temperature_c, double from_height_m, double to_height_m) {
  return temperature_c - kCoolingPerM * (to_height_m - from_height_m);
}

double AirDensityKgPerM3(double pressure_pa, double height_m, double temperature_c) {
  return (pressure_pa - kPaPerM * height_m) / (kGasConstantOfDryAir * (temperature_c + kZeroCelsiusK));
}

PowerCurve::PowerCurve(std::vector<PowerCurvePoint> points) : points_(std::move(points)) {}

PowerCurve PowerCurve::Cubic(double cut_in_m_per_s, double rated_m_per_s, double cut_out_m_per_s) {
  const double in = std::pow(cut_in_m_per_s, 3), rated = std::pow(rated_m_per_s, 3);
  std::vector<PowerCurvePoint> points;
  for (int i = 0; cut_in_m_per_s + i * kCurveStepMPerS < rated_m_per_s; ++i) {
    const double speed = cut_in_m_per_s + i * kCurveStepMPerS;
    points.push_back({speed, (std::pow(speed, 3) - in) / (rated - in)});
  }
  points.push_back({rated_m_per_s, 1});
  points.push_back({cut_out_m_per_s, 1});
  return PowerCurve(std::move(points));
}

double PowerCurve::ShareAt(double speed_m_per_s) const {
  return ShareAt(speed_m_per_s, kStandardDensityKgPerM3);
}

double PowerCurve::ShareAt(double speed_m_per_s, double density_kg_per_m3) const {
  const double ratio = kStandardDensityKgPerM3 / density_kg_per_m3;
  const auto at = [&](const PowerCurvePoint& point) { return Moved(point.speed_m_per_s, ratio); };
  const auto above =
      std::find_if(points_.begin(), points_.end(), [&](const auto& point) { return at(point) >= speed_m_per_s; });
  if (above == points_.end()) return 0;
  if (above == points_.begin()) return at(*above) == speed_m_per_s ? above->share : 0;
  const auto below = above - 1;
  return Between(speed_m_per_s, at(*below), below->share, at(*above), above->share);
}

double RotorPowerW(double density_kg_per_m3, double rotor_diameter_m, double speed_m_per_s, double power_coefficient) {
  const double area_m2 = kPi * rotor_diameter_m * rotor_diameter_m / 4;
  return density_kg_per_m3 / 2 * area_m2 * std::pow(speed_m_per_s, 3) * power_coefficient;
}

double WindShare(const WindPlant& plant, const WindWeather& weather) {
  const double measured = std::max(0.0, weather.wind_speed_m_per_s);
  const double speed =
      plant.roughness_length_m
          ? LogarithmicProfile(measured, plant.wind_speed_height_m, plant.hub_height_m, *plant.roughness_length_m)
          : PowerLawProfile(measured, plant.wind_speed_height_m, plant.hub_height_m);
  double density = kStandardDensityKgPerM3;
  if (weather.air_c && weather.pressure_pa) {
    const double air_c = TemperatureAtHeightC(*weather.air_c, kTemperatureHeightM, plant.hub_height_m);
    density = AirDensityKgPerM3(*weather.pressure_pa, plant.hub_height_m, air_c);
  }
  return std::clamp(plant.curve.ShareAt(speed, density) * (1 - plant.losses_share), 0.0, 1.0);
}

}  // namespace derms::forecast
