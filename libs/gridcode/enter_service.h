// When a DER that is off may come back, and how fast. IEEE 1547-2018 cl. 4.10.
#pragma once

#include "libs/gridcode/settings.h"

namespace derms::gridcode {

// Voltage and frequency are within the enter-service window, edges included, and the permit is given.
bool MayEnterService(const EnterServiceSettings& settings, double v_pu, double f_hz);

// Waits until the window has held without a break for the delay. Not thread-safe.
class EnterServiceWait {
 public:
  // `random_share`, 0 to 1, is the part of random_delay_s that this DER waits besides.
  EnterServiceWait(const EnterServiceSettings& settings, double random_share);
  // v and f have held for dt_s seconds. Seconds of them that were left when the wait was over; negative while it lasts.
  double Advance(double dt_s, double v_pu, double f_hz);
  void Restart() { waited_s_ = 0; }

 private:
  EnterServiceSettings settings_;
  double needed_s_;
  double waited_s_ = 0;
};

// Share of all power that is allowed so long after entering service, 0 to 1.
double EnterServiceRamp(const EnterServiceSettings& settings, double since_s);

}  // namespace derms::gridcode
