// What a run-of-river plant gives at a given flow. m3/s, m, kW; pure; thread-safe.
//
// Source: ESHA, "Guide on how to develop a small hydropower plant", 2004, ch. 3 (power, residual flow, flow that a
// turbine needs).
#pragma once

namespace derms::forecast {

inline constexpr double kWaterKgPerM3 = 1000;
inline constexpr double kGravityMPerS2 = 9.81;

// Water density * g * flow * head * efficiency.
double HydroPowerKw(double flow_m3_per_s, double head_m, double efficiency);

struct HydroPlant {
  double design_flow_m3_per_s = 0;    // > 0: that of rated power
  double residual_flow_m3_per_s = 0;  // stays in the river
  double min_flow_share = 0;          // of the design flow: less does not turn the turbine
};

// Output over rated power, 0 to 1: the flow that may be used over the design flow, at constant head and efficiency.
double HydroShare(const HydroPlant& plant, double river_flow_m3_per_s);

}  // namespace derms::forecast
