// What a plant of any weather-driven type gives in the weather of an interval. Pure; thread-safe.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "libs/forecast/geothermal.h"
#include "libs/forecast/hydro.h"
#include "libs/forecast/pv.h"
#include "libs/forecast/wind.h"

namespace derms::forecast {

using Plant = std::variant<PvPlant, WindPlant, HydroPlant, GeothermalPlant>;

// Means over an interval; what is absent is not known. A superset of what the plants read.
struct Weather {
  std::optional<double> global_w_per_m2, direct_w_per_m2, diffuse_w_per_m2;
  std::optional<double> air_c, wind_speed_m_per_s, pressure_pa, flow_m3_per_s;
};

// Output over rated power, 0 to 1; none when the weather that the plant cannot do without is not known.
std::optional<double> PlantShare(const Plant& plant, absl::Time starts_at, absl::Duration interval,
                                 const Weather& weather);

// In a sentence with its source, as "PVWatts 5 (NREL/TP-6A20-62641) with ...".
std::string MethodOf(const Plant& plant);

}  // namespace derms::forecast
