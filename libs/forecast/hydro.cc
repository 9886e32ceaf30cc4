#include "libs/forecast/hydro.h"

#include <algorithm>

namespace derms::forecast {

double HydroPowerKw(double flow_m3_per_s, double head_m, double efficiency) {
  return kWaterKgPerM3 * kGravityMPerS2 * flow_m3_per_s * head_m * efficiency / 1000;
}

double HydroShare(const HydroPlant& plant, double river_flow_m3_per_s) {
  const double usable = river_flow_m3_per_s - plant.residual_flow_m3_per_s;
  const double share = std::clamp(usable / plant.design_flow_m3_per_s, 0.0, 1.0);
  return share < plant.min_flow_share ? 0 : share;
}

}  // namespace derms::forecast
