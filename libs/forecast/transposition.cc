#include "libs/forecast/transposition.h"

#include <algorithm>
#include <cmath>

#include "libs/forecast/angles.h"

namespace derms::forecast {
namespace {

constexpr double kLowestSunForBeamDeg = 87;
const double kLowestCosine = std::cos(Radians(89));
constexpr double kGlassCoefficient = 0.05;

double CosineOf(double deg) {
  return std::cos(Radians(deg));
}

double ErbsDiffuseShare(double clearness) {
  if (clearness <= 0.22) return 1 - 0.09 * clearness;
  if (clearness > 0.8) return 0.165;
  const double kt = clearness;
  return 0.9511 - 0.1604 * kt + 4.388 * kt * kt - 16.638 * kt * kt * kt + 12.336 * kt * kt * kt * kt;
}

double DirectFrom(double global_w_per_m2, double diffuse_w_per_m2, const SolarPosition& sun) {
  if (sun.zenith_deg > kLowestSunForBeamDeg) return 0;
  return std::max(0.0, global_w_per_m2 - diffuse_w_per_m2) / CosineOf(sun.zenith_deg);
}

}  // namespace

double IncidenceAngleDeg(const Plane& plane, const SolarPosition& sun) {
  const double cosine = CosineOf(sun.zenith_deg) * CosineOf(plane.tilt_deg) +
                        std::sin(Radians(sun.zenith_deg)) * std::sin(Radians(plane.tilt_deg)) *
                            CosineOf(sun.azimuth_deg - plane.azimuth_deg);
  return Degrees(std::acos(std::clamp(cosine, -1.0, 1.0)));
}

Irradiance SplitGlobal(double global_w_per_m2, const SolarPosition& sun, double extraterrestrial_w_per_m2) {
  if (!sun.is_up() || global_w_per_m2 <= 0) return {};
  const double horizontal = extraterrestrial_w_per_m2 * std::max(CosineOf(sun.zenith_deg), 0.065);
  const double clearness = std::clamp(global_w_per_m2 / horizontal, 0.0, 1.0);
  const double diffuse = global_w_per_m2 * ErbsDiffuseShare(clearness);
  const double direct = DirectFrom(global_w_per_m2, diffuse, sun);
  return {global_w_per_m2, direct, direct > 0 ? diffuse : global_w_per_m2};
}

std::optional<Irradiance> CompleteIrradiance(std::optional<double> global, std::optional<double> direct,
                                             std::optional<double> diffuse, const SolarPosition& sun,
                                             double extraterrestrial_w_per_m2) {
  const double cosine = std::max(0.0, CosineOf(sun.zenith_deg));
  if (direct && diffuse) return Irradiance{global.value_or(*direct * cosine + *diffuse), *direct, *diffuse};
  if (!global) return std::nullopt;
  if (diffuse) return Irradiance{*global, DirectFrom(*global, *diffuse, sun), *diffuse};
  if (direct) return Irradiance{*global, *direct, std::max(0.0, *global - *direct * cosine)};
  return SplitGlobal(*global, sun, extraterrestrial_w_per_m2);
}

PlaneIrradiance OnPlane(const Irradiance& irradiance, const Plane& plane, const SolarPosition& sun,
                        double extraterrestrial_w_per_m2, double albedo) {
  if (!sun.is_up()) return {};
  const double facing = std::max(0.0, CosineOf(IncidenceAngleDeg(plane, sun)));
  const double direct = std::max(0.0, irradiance.direct_w_per_m2);
  const double diffuse = std::max(0.0, irradiance.diffuse_w_per_m2);
  const double sky_view = (1 + CosineOf(plane.tilt_deg)) / 2;
  // Diffuse light from around the sun comes like the beam, the rest from the whole sky.
  const double anisotropy = std::min(1.0, direct / extraterrestrial_w_per_m2);
  const double ratio = facing / std::max(CosineOf(sun.zenith_deg), kLowestCosine);
  return {direct * facing, diffuse * ((1 - anisotropy) * sky_view + anisotropy * ratio),
          std::max(0.0, irradiance.global_w_per_m2) * albedo * (1 - sky_view)};
}

double IncidenceModifier(double incidence_deg) {
  if (incidence_deg >= 90) return 0;
  return std::clamp(1 - kGlassCoefficient * (1 / CosineOf(incidence_deg) - 1), 0.0, 1.0);
}

}  // namespace derms::forecast
