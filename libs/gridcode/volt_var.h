// Volt-var: reactive power by voltage. IEEE 1547-2018 cl. 5.3.3.
#pragma once

#include "libs/gridcode/curve.h"
#include "libs/gridcode/settings.h"

namespace derms::gridcode {

// Reactive power, pu of rated apparent power, at v with the reference v_ref (both pu). The curve moves with its
// reference: V_i + v_ref - 1.
inline double VoltVarQ(const VoltVar& settings, double v_pu, double v_ref_pu) {
  const CurvePoint points[] = {{settings.v1_pu, settings.q1_pu},
                               {settings.v2_pu, settings.q2_pu},
                               {settings.v3_pu, settings.q3_pu},
                               {settings.v4_pu, settings.q4_pu}};
  return Interpolate(points, v_pu - (v_ref_pu - 1));
}
inline double VoltVarQ(const VoltVar& settings, double v_pu) {
  return VoltVarQ(settings, v_pu, settings.v_ref_pu);
}

}  // namespace derms::gridcode
