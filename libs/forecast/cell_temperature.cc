#include "libs/forecast/cell_temperature.h"

#include <algorithm>
#include <cmath>

namespace derms::forecast {
namespace {

constexpr double kReferenceWPerM2 = 1000;

struct Mounting {
  double a, b;       // back of the module over air: irradiance * exp(a + b * wind)
  double delta_t_c;  // cell over back of the module at the reference irradiance
};

Mounting CoefficientsOf(PvMounting mounting) {
  switch (mounting) {
    case PvMounting::kOpenRackGlassGlass:
      return {-3.47, -0.0594, 3};
    case PvMounting::kOpenRackGlassPolymer:
      return {-3.56, -0.0750, 3};
    case PvMounting::kCloseMountGlassGlass:
      return {-2.98, -0.0471, 1};
    case PvMounting::kInsulatedBackGlassPolymer:
      return {-2.81, -0.0455, 0};
  }
  return {-3.56, -0.0750, 3};
}

}  // namespace

double CellTemperatureC(double irradiance_w_per_m2, double air_c, double wind_speed_m_per_s, PvMounting mounting) {
  const Mounting m = CoefficientsOf(mounting);
  const double irradiance = std::max(0.0, irradiance_w_per_m2);
  const double back_c = irradiance * std::exp(m.a + m.b * std::max(0.0, wind_speed_m_per_s)) + air_c;
  return back_c + irradiance / kReferenceWPerM2 * m.delta_t_c;
}

}  // namespace derms::forecast
