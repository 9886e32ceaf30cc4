#include "libs/forecast/geothermal.h"

#include <algorithm>

namespace derms::forecast {

double GeothermalShare(const GeothermalPlant& plant, double air_c) {
  const double warmer_c = std::max(0.0, air_c - plant.design_temperature_c);
  return std::clamp(plant.availability_factor * (1 - plant.derating_per_c * warmer_c), 0.0, 1.0);
}

}  // namespace derms::forecast
