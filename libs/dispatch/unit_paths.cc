#include "libs/dispatch/unit_paths.h"

#include <algorithm>

#include "libs/dispatch/commitment.h"
#include "libs/dispatch/device_limits.h"

namespace derms::dispatch {
namespace {

// The most output in each interval from which the next stop can still be reached.
Series OutputCaps(const Problem& problem, const Unit& unit, const Commitment& commitment, const OnPattern& on) {
  const double down = RampDownKw(unit, problem.hours());
  Series caps(on.size(), unit.max_kw);
  for (std::size_t t = on.size(); t-- > 0;) {
    if (t + 1 == on.size() || on[t] == 0) continue;
    caps[t] = on[t + 1] != 0 ? std::min(unit.max_kw, caps[t + 1] + down) : commitment.stop_max_kw;
  }
  return caps;
}

}  // namespace

OnPattern OffAsSoonAsPossible(const Problem& problem, const Unit& unit) {
  OnPattern on(static_cast<std::size_t>(problem.interval_count), 1);
  if (!unit.committable) return on;
  const Commitment commitment(problem, unit);
  const int until = commitment.on_before ? commitment.EarliestStop() : 0;
  for (int t = until; t < problem.interval_count; ++t) on[static_cast<std::size_t>(t)] = 0;
  return on;
}

Series FollowOutputs(const Problem& problem, const Unit& unit, const OnPattern& on, const Series& wanted_kw) {
  const Commitment commitment(problem, unit);
  const Series caps = OutputCaps(problem, unit, commitment, on);
  const double up = RampUpKw(unit, problem.hours()), down = RampDownKw(unit, problem.hours());
  const bool known = unit.committable || unit.initial_kw.has_value();
  bool was_on = commitment.on_before;
  double before = unit.initial_kw.value_or(0.0);
  Series power(on.size(), 0.0);
  for (std::size_t t = 0; t < on.size(); ++t) {
    if (on[t] != 0) {
      double lowest = unit.min_kw, highest = caps[t];
      if (!was_on) {
        highest = std::min(highest, commitment.start_max_kw);
      } else if (t > 0 || known) {
        lowest = std::max(lowest, before - down);
        highest = std::min(highest, before + up);
      }
      power[t] = std::clamp(wanted_kw[t], std::min(lowest, highest), highest);
    }
    before = power[t];
    was_on = on[t] != 0;
  }
  return power;
}

double EnergyKwh(const Problem& problem, const Series& power_kw) {
  double energy = 0.0;
  for (double power : power_kw) energy += problem.hours() * power;
  return energy;
}

}  // namespace derms::dispatch
