// How warm solar cells get. Degrees Celsius, W/m2, m/s; pure; thread-safe.
//
// Source: D. L. King, W. E. Boyson, J. A. Kratochvil, "Photovoltaic array performance model", Sandia SAND2004-3535,
// 2004, equations 11 and 12 with table 1.
#pragma once

namespace derms::forecast {

// Numbers are those of derms.v1.PvMounting.
enum class PvMounting {
  kOpenRackGlassGlass = 1,
  kOpenRackGlassPolymer = 2,
  kCloseMountGlassGlass = 3,
  kInsulatedBackGlassPolymer = 4,
};

// `irradiance` is that on the plane of the modules, `wind_speed` that at 10 m.
double CellTemperatureC(double irradiance_w_per_m2, double air_c, double wind_speed_m_per_s, PvMounting mounting);

}  // namespace derms::forecast
