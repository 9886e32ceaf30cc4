#include "libs/forecast/pv.h"

#include <algorithm>
#include <cmath>

namespace derms::forecast {
namespace {

constexpr double kStandardWPerM2 = 1000;
constexpr double kStandardC = 25;
constexpr double kReferenceEfficiency = 0.9637;  // of the inverters that the curve was fitted to
constexpr double kDefaultTiltDeg = 20;
constexpr absl::Duration kLookStep = absl::Minutes(5);

// The middle of what the interval has of daylight; none: it is night.
std::optional<absl::Time> MiddleOfDaylight(absl::Time starts_at, absl::Duration interval, const Place& place) {
  const auto steps = std::max<std::int64_t>(1, interval / kLookStep);
  const absl::Duration step = interval / steps;
  absl::Duration sum;
  std::int64_t count = 0;
  for (std::int64_t i = 0; i < steps; ++i) {
    const absl::Duration after = step * i + step / 2;
    if (!SolarPositionAt(starts_at + after, place).is_up()) continue;
    sum += after;
    ++count;
  }
  if (count == 0) return std::nullopt;
  return starts_at + sum / count;
}

}  // namespace

double PvwattsDc(double irradiance_w_per_m2, double cell_c, double rated, double coefficient_per_c) {
  const double dc = irradiance_w_per_m2 / kStandardWPerM2 * rated * (1 + coefficient_per_c * (cell_c - kStandardC));
  return std::max(0.0, dc);
}

double PvwattsInverter(double dc, double dc_limit, double nominal_efficiency) {
  const double load = dc / dc_limit;
  if (load <= 0) return 0;
  const double rated = nominal_efficiency * dc_limit;
  if (load >= 1) return rated;
  const double efficiency = nominal_efficiency / kReferenceEfficiency * (-0.0162 * load - 0.0059 / load + 0.9858);
  return std::clamp(efficiency * dc, 0.0, rated);
}

double CombinedLosses(const std::vector<double>& losses) {
  double left = 1;
  for (const double loss : losses) left *= 1 - loss;
  return 1 - left;
}

double PvwattsLosses() {
  return CombinedLosses({0.02, 0.03, 0.02, 0.02, 0.005, 0.015, 0.01, 0.03});
}

Plane PvPlant::plane() const {
  return {tilt_deg.value_or(kDefaultTiltDeg), azimuth_deg.value_or(place.latitude_deg < 0 ? 0 : 180)};
}

std::optional<double> PvShare(const PvPlant& plant, absl::Time starts_at, absl::Duration interval,
                              const PvWeather& weather) {
  const std::optional<absl::Time> when = MiddleOfDaylight(starts_at, interval, plant.place);
  if (!when) return 0.0;
  const SolarPosition sun = SolarPositionAt(*when, plant.place);
  const double extraterrestrial = ExtraterrestrialWPerM2(*when);
  const std::optional<Irradiance> light = CompleteIrradiance(weather.global_w_per_m2, weather.direct_w_per_m2,
                                                             weather.diffuse_w_per_m2, sun, extraterrestrial);
  if (!light) return std::nullopt;
  const PlaneIrradiance plane = OnPlane(*light, plant.plane(), sun, extraterrestrial, plant.albedo);
  const double glass = IncidenceModifier(IncidenceAngleDeg(plant.plane(), sun));
  const double absorbed = plane.beam_w_per_m2 * glass + plane.sky_w_per_m2 + plane.ground_w_per_m2;
  const double cell_c = CellTemperatureC(plane.total_w_per_m2(), weather.air_c.value_or(kAssumedAirC),
                                         weather.wind_speed_m_per_s.value_or(kAssumedWindMPerS), plant.mounting);
  const double dc = PvwattsDc(absorbed, cell_c, plant.dc_ac_ratio, plant.temperature_coefficient_per_c);
  return PvwattsInverter(dc * (1 - plant.losses_share), 1 / plant.inverter_efficiency, plant.inverter_efficiency);
}

}  // namespace derms::forecast
