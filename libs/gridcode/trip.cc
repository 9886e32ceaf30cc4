#include "libs/gridcode/trip.h"

namespace derms::gridcode {
namespace {

constexpr double kRounding_s = 1e-9;  // sums of sample times

}  // namespace

TripTimers::Trip TripTimers::Advance(double dt_s, double v_pu, double f_hz) {
  Trip first;
  for (std::size_t i = 0; i < kTripFunctions.size(); ++i) {
    const TripFunction& function = kTripFunctions[i];
    beyond_s_[i] = function.Beyond(settings_, v_pu, f_hz) ? beyond_s_[i] + dt_s : 0;
    const double left_s = beyond_s_[i] - settings_.*function.clearing_s;
    const bool trips = beyond_s_[i] > 0 && left_s >= -kRounding_s;
    if (trips && (first.function.empty() || left_s > first.left_s)) first = {function.name, left_s > 0 ? left_s : 0};
  }
  return first;
}

}  // namespace derms::gridcode
