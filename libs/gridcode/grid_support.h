// What a DER with these settings gives the grid: active and reactive power for a point or a series of voltage,
// frequency and available power. IEEE 1547-2018 cl. 4 to 6; each function's header has its formula.
//
// Order: active power is the least of what droop makes of the operating power, the volt-watt limit and the power limit;
// reactive power follows the mode that is on; both are brought into the capability (capability.h). Where droop would
// raise power above a limit, the limit holds (our reading).
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "libs/gridcode/capability.h"
#include "libs/gridcode/profile.h"
#include "libs/gridcode/ride_through.h"
#include "libs/gridcode/settings.h"

namespace derms::gridcode {

// A device under evaluation; all outlive it.
struct Device {
  const Profile& profile;
  const Nameplate& nameplate;
  const Settings& settings;
};

struct GridPoint {
  double v_pu = 1;
  double f_hz = 0;
  double available_kw = 0;  // most it could give now
  std::optional<double>
      operating_kw;  // what it gives without grid support, negative while charging; absent: available_kw
};
struct GridSample {
  double t_s = 0;
  GridPoint point;
};

// What decided about active power. Numbers are those of derms.v1.PowerCause.
enum class PowerCause {
  kOperating = 1,  // nothing: it gives what it would without grid support
  kDroop = 2,
  kVoltWatt = 3,
  kPowerLimit = 4,
  kCapability = 5,  // ratings, or reactive power that goes first
  kState = 6,       // off, ceased or entering service
};

struct GridSupport {
  double p_kw = 0, q_kvar = 0;
  PowerCause cause = PowerCause::kOperating;
  ReactiveMode mode = ReactiveMode::kNone;
  double droop_pu = 0;            // change that the frequency asks for
  double volt_watt_limit_pu = 1;  // 1 while volt-watt is off
  GridState state;
};

// After all responses have settled, in service, whatever ride-through would say. A reference of volt-var that follows
// the voltage has followed it.
GridSupport EvaluatePoint(const Device& device, const GridPoint& point);

struct SeriesOptions {
  bool in_service = true;  // at the first sample; else off and waiting
  double random_share = 0;
};
// With response times and ride-through. Times do not fall. The first sample is a steady state.
std::vector<GridSupport> EvaluateSeries(const Device& device, std::span<const GridSample> samples,
                                        const SeriesOptions& options = {});

}  // namespace derms::gridcode
