// Constant power factor. IEEE 1547-2018 cl. 5.3.2.
#pragma once

#include <cmath>

#include "libs/gridcode/settings.h"

namespace derms::gridcode {

// Q / |P|: tan(acos pf), positive when injecting. A power factor of 0 has none: infinite.
inline double ReactivePerActive(const ConstantPf& settings) {
  const double pf = settings.power_factor;
  const double ratio = std::sqrt(std::fmax(0, 1 - pf * pf)) / pf;
  return settings.absorbing ? -ratio : ratio;
}

}  // namespace derms::gridcode
