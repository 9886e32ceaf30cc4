// Degrees and radians.
#pragma once

#include <cmath>

namespace derms::forecast {

inline constexpr double kPi = 3.14159265358979323846;
inline constexpr double Radians(double deg) {
  return deg * kPi / 180;
}
inline constexpr double Degrees(double rad) {
  return rad * 180 / kPi;
}

// The same angle in [0, 360).
inline double Full(double deg) {
  const double rest = std::fmod(deg, 360.0);
  return rest < 0 ? rest + 360 : rest;
}

}  // namespace derms::forecast
