// Volt-watt: most active power by voltage. IEEE 1547-2018 cl. 5.4.2.
#pragma once

#include "libs/gridcode/curve.h"
#include "libs/gridcode/settings.h"

namespace derms::gridcode {

// Most active power at v, pu of rated active power.
inline double VoltWattLimit(const VoltWatt& settings, double v_pu) {
  const CurvePoint points[] = {{settings.v1_pu, settings.p1_pu}, {settings.v2_pu, settings.p2_pu}};
  return Interpolate(points, v_pu);
}

}  // namespace derms::gridcode
