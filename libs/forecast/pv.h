// What a photovoltaic plant gives in a given weather. Pure; thread-safe.
//
// Source: A. P. Dobos, "PVWatts version 5 manual", NREL/TP-6A20-62641, 2014: module and inverter model, losses, and the
// defaults of the plant (tilt 20, towards the equator, losses 14 %, DC to AC ratio 1.1 replaced by REopt's 1.2).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "libs/forecast/cell_temperature.h"
#include "libs/forecast/solar_position.h"
#include "libs/forecast/transposition.h"

namespace derms::forecast {

// Output of modules over their rated power, in the unit of `rated`: irradiance / 1000 * (1 + coefficient * (cell -
// 25)).
double PvwattsDc(double irradiance_w_per_m2, double cell_c, double rated, double coefficient_per_c);

// Output of an inverter that takes `dc`; `dc_limit` is the input that gives its rated output, efficiency * dc_limit. In
// the unit of the arguments; never above the rated output, 0 for no input.
double PvwattsInverter(double dc, double dc_limit, double nominal_efficiency);

// 1 - (1 - a)(1 - b)...: losses one after the other, as shares.
double CombinedLosses(const std::vector<double>& losses);
// Soiling 2, shading 3, mismatch 2, wiring 2, connections 0.5, light-induced degradation 1.5, nameplate 1,
// availability 3 %: 14.08 %.
double PvwattsLosses();

struct PvPlant {
  Place place;
  std::optional<double> tilt_deg;     // absent: 20
  std::optional<double> azimuth_deg;  // absent: towards the equator
  double dc_ac_ratio = 1.2;           // rated power of the modules over that of the inverter
  double losses_share = PvwattsLosses();
  double inverter_efficiency = 0.96;
  double temperature_coefficient_per_c = -0.0047;
  double albedo = 0.2;
  PvMounting mounting = PvMounting::kOpenRackGlassPolymer;

  Plane plane() const;
};

// Weather of an interval: means over it. What is absent is not known.
struct PvWeather {
  std::optional<double> global_w_per_m2, direct_w_per_m2, diffuse_w_per_m2;
  std::optional<double> air_c;               // absent: 20
  std::optional<double> wind_speed_m_per_s;  // absent: 1
};
inline constexpr double kAssumedAirC = 20;
inline constexpr double kAssumedWindMPerS = 1;

// Output over the rated AC power, 0 to 1, in the interval [starts_at, starts_at + interval): the sun stands where it
// stands in the middle of the part of the interval in which it is up. None when the irradiance is not known.
std::optional<double> PvShare(const PvPlant& plant, absl::Time starts_at, absl::Duration interval,
                              const PvWeather& weather);

}  // namespace derms::forecast
