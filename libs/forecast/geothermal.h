// What a geothermal plant gives. Pure; thread-safe.
//
// A factor for wells and outages, and for air-cooled (binary) plants a linear loss with the temperature of the air,
// whose slope is the owner's to give: published ones differ too much for a default.
#pragma once

namespace derms::forecast {

struct GeothermalPlant {
  double availability_factor = 1;  // 0 to 1
  double derating_per_c = 0;       // of rated power, per degree above the design temperature
  double design_temperature_c = 15;
};

// Output over rated power, 0 to 1. Colder air than designed for gives no more than rated power.
double GeothermalShare(const GeothermalPlant& plant, double air_c);

}  // namespace derms::forecast
