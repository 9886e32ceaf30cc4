// Where the sun stands. Pure; thread-safe.
//
// Source: J. J. Michalsky, "The Astronomical Almanac's algorithm for approximate solar position (1950-2050)", Solar
// Energy 40 (3), 1988, 227-235: within 0.01 degree of the full series (Reda and Andreas, NREL/TP-560-34302, 2003)
// between 1950 and 2050, without refraction.
#pragma once

#include "absl/time/time.h"

namespace derms::forecast {

// A place, WGS 84.
struct Place {
  double latitude_deg = 0;   // north positive
  double longitude_deg = 0;  // east positive
};

struct SolarPosition {
  double zenith_deg = 0;   // 0: overhead; above 90: below the horizon
  double azimuth_deg = 0;  // clockwise from north, [0, 360)

  bool is_up() const { return zenith_deg < 90; }
};

SolarPosition SolarPositionAt(absl::Time time, const Place& place);

// Irradiance on a plane that faces the sun outside the atmosphere, W/m2, on a day of the year (1 to 366). J. W.
// Spencer, "Fourier series representation of the position of the sun", Search 2 (5), 1971; solar constant 1366.1 W/m2
// (ASTM E490).
double ExtraterrestrialWPerM2(int day_of_year);
double ExtraterrestrialWPerM2(absl::Time time);  // of the day in UTC

}  // namespace derms::forecast
