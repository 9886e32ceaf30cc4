#include "libs/forecast/solar_position.h"

#include <algorithm>
#include <cmath>

#include "libs/forecast/angles.h"

namespace derms::forecast {
namespace {

constexpr double kSolarConstantWPerM2 = 1366.1;
constexpr double kDegreesPerHour = 15;

// Right ascension and declination, degrees, `days` after noon of 2000-01-01 UT.
struct Equatorial {
  double right_ascension_deg;
  double declination_deg;
};

Equatorial EquatorialOf(double days) {
  const double mean_longitude = 280.460 + 0.9856474 * days;
  const double mean_anomaly = Radians(Full(357.528 + 0.9856003 * days));
  const double longitude =
      Radians(Full(mean_longitude + 1.915 * std::sin(mean_anomaly) + 0.020 * std::sin(2 * mean_anomaly)));
  const double obliquity = Radians(23.439 - 0.0000004 * days);
  return {Degrees(std::atan2(std::cos(obliquity) * std::sin(longitude), std::cos(longitude))),
          Degrees(std::asin(std::sin(obliquity) * std::sin(longitude)))};
}

}  // namespace

SolarPosition SolarPositionAt(absl::Time time, const Place& place) {
  static const absl::Time kEpoch = absl::FromUnixSeconds(946728000);  // 2000-01-01T12:00Z
  const double days = absl::FDivDuration(time - kEpoch, absl::Hours(24));
  const double hour_ut = absl::FDivDuration((time - absl::UnixEpoch()) % absl::Hours(24), absl::Hours(1));
  const Equatorial sun = EquatorialOf(days);
  const double sidereal_hours = 6.697375 + 0.0657098242 * days + hour_ut;
  const double hour_angle =
      Radians(Full(sidereal_hours * kDegreesPerHour + place.longitude_deg - sun.right_ascension_deg));
  const double declination = Radians(sun.declination_deg), latitude = Radians(place.latitude_deg);
  const double sine_of_elevation =
      std::sin(declination) * std::sin(latitude) + std::cos(declination) * std::cos(latitude) * std::cos(hour_angle);
  const double east = -std::cos(declination) * std::sin(hour_angle);
  const double north =
      std::sin(declination) * std::cos(latitude) - std::cos(declination) * std::sin(latitude) * std::cos(hour_angle);
  return {90 - Degrees(std::asin(std::clamp(sine_of_elevation, -1.0, 1.0))), Full(Degrees(std::atan2(east, north)))};
}

double ExtraterrestrialWPerM2(int day_of_year) {
  const double b = 2 * kPi * (day_of_year - 1) / 365;
  return kSolarConstantWPerM2 * (1.00011 + 0.034221 * std::cos(b) + 0.00128 * std::sin(b) + 0.000719 * std::cos(2 * b) +
                                 0.000077 * std::sin(2 * b));
}

double ExtraterrestrialWPerM2(absl::Time time) {
  return ExtraterrestrialWPerM2(absl::GetYearDay(absl::ToCivilDay(time, absl::UTCTimeZone())));
}

}  // namespace derms::forecast
