// Watt-var: reactive power by active power. IEEE 1547-2018 cl. 5.3.4.
#pragma once

#include "libs/gridcode/curve.h"
#include "libs/gridcode/settings.h"

namespace derms::gridcode {

// Reactive power, pu of rated apparent power, at p: pu of rated active power while generating, of the rated charge
// while charging (negative).
inline double WattVarQ(const WattVar& settings, double p_pu) {
  const CurvePoint points[] = {{settings.p3_load_pu, settings.q3_load_pu}, {settings.p2_load_pu, settings.q2_load_pu},
                               {settings.p1_load_pu, settings.q1_load_pu}, {settings.p1_gen_pu, settings.q1_gen_pu},
                               {settings.p2_gen_pu, settings.q2_gen_pu},   {settings.p3_gen_pu, settings.q3_gen_pu}};
  return Interpolate(points, p_pu);
}

}  // namespace derms::gridcode
