#include "libs/gridcode/enter_service.h"

#include <algorithm>

namespace derms::gridcode {

bool MayEnterService(const EnterServiceSettings& settings, double v_pu, double f_hz) {
  return settings.permit && v_pu >= settings.v_low_pu && v_pu <= settings.v_high_pu && f_hz >= settings.f_low_hz &&
         f_hz <= settings.f_high_hz;
}

EnterServiceWait::EnterServiceWait(const EnterServiceSettings& settings, double random_share)
    : settings_(settings), needed_s_(settings.delay_s + std::clamp(random_share, 0.0, 1.0) * settings.random_delay_s) {}

double EnterServiceWait::Advance(double dt_s, double v_pu, double f_hz) {
  waited_s_ = MayEnterService(settings_, v_pu, f_hz) ? waited_s_ + dt_s : 0;
  const bool over = waited_s_ > 0 && waited_s_ >= needed_s_;
  return over ? std::min(dt_s, waited_s_ - needed_s_) : -1;
}

double EnterServiceRamp(const EnterServiceSettings& settings, double since_s) {
  return settings.ramp_s > 0 ? std::clamp(since_s / settings.ramp_s, 0.0, 1.0) : 1;
}

}  // namespace derms::gridcode
