// Frequency droop (frequency-power). IEEE 1547-2018 cl. 6.5.2.7.
#pragma once

#include <algorithm>

#include "libs/gridcode/settings.h"

namespace derms::gridcode {

// Change of active power that the frequency asks for, pu of rated active power; 0 within the dead band.
//   above: -(f - (f_n + db_of)) / (f_n k_of)     below: ((f_n - db_uf) - f) / (f_n k_uf)
inline double DroopChange(const Droop& settings, double nominal_hz, double f_hz) {
  const double above_hz = f_hz - (nominal_hz + settings.db_of_hz);
  if (above_hz > 0) return -above_hz / (nominal_hz * settings.k_of);
  const double below_hz = (nominal_hz - settings.db_uf_hz) - f_hz;
  if (below_hz > 0) return below_hz / (nominal_hz * settings.k_uf);
  return 0;
}

// Power after the change: from what it was before the disturbance, down to the least, up to what is available; pu.
inline double DroopPower(double before_pu, double change_pu, double least_pu, double available_pu) {
  if (change_pu < 0) return std::max(before_pu + change_pu, std::min(before_pu, least_pu));
  return std::min(before_pu + change_pu, std::max(before_pu, available_pu));
}

}  // namespace derms::gridcode
