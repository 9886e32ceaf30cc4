// From irradiance on the ground to irradiance on a tilted plane. W/m2 and degrees; pure; thread-safe.
//
// Sources: D. G. Erbs, S. A. Klein, J. A. Duffie, Solar Energy 28 (4), 1982, 293-302 (diffuse from global irradiance);
// J. E. Hay, J. A. Davies, Proc. First Canadian Solar Radiation Data Workshop, 1980, as written by P. G. Loutzenhiser
// et al., Solar Energy 81, 2007, 254-267 (sky); A. F. Souka, H. H. Safwat, Solar Energy 10 (4), 1966 (incidence, also
// ASHRAE 93).
#pragma once

#include <optional>

#include "libs/forecast/solar_position.h"

namespace derms::forecast {

struct Plane {
  double tilt_deg = 0;       // 0: horizontal, 90: upright
  double azimuth_deg = 180;  // where it faces, clockwise from north
};

struct Irradiance {
  double global_w_per_m2 = 0;   // on the horizontal (GHI)
  double direct_w_per_m2 = 0;   // facing the sun (DNI)
  double diffuse_w_per_m2 = 0;  // on the horizontal (DHI)
};

struct PlaneIrradiance {
  double beam_w_per_m2 = 0;
  double sky_w_per_m2 = 0;
  double ground_w_per_m2 = 0;

  double total_w_per_m2() const { return beam_w_per_m2 + sky_w_per_m2 + ground_w_per_m2; }
};

// Angle between the sun and the normal of the plane, 0 to 180.
double IncidenceAngleDeg(const Plane& plane, const SolarPosition& sun);

// Splits global irradiance; no direct part within 3 degrees of the horizon. Negative irradiance counts as none.
Irradiance SplitGlobal(double global_w_per_m2, const SolarPosition& sun, double extraterrestrial_w_per_m2);

// Fills what is not measured: from direct and diffuse, from global and one of them, or from global alone. None when
// neither global nor direct with diffuse is known.
std::optional<Irradiance> CompleteIrradiance(std::optional<double> global_w_per_m2,
                                             std::optional<double> direct_w_per_m2,
                                             std::optional<double> diffuse_w_per_m2, const SolarPosition& sun,
                                             double extraterrestrial_w_per_m2);

// Never negative; nothing while the sun is down. The zenith counts as at most 89 degrees where it divides.
PlaneIrradiance OnPlane(const Irradiance& irradiance, const Plane& plane, const SolarPosition& sun,
                        double extraterrestrial_w_per_m2, double albedo);

// Part of the beam that glass lets through, 0 to 1: 1 - 0.05 (1 / cos(incidence) - 1).
double IncidenceModifier(double incidence_deg);

}  // namespace derms::forecast
