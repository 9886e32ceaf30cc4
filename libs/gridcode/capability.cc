#include "libs/gridcode/capability.h"

#include <algorithm>
#include <cmath>

namespace derms::gridcode {
namespace {

// The other leg of the right triangle with this hypotenuse.
double Leg(double hypotenuse, double leg) {
  return std::sqrt(std::max(0.0, hypotenuse * hypotenuse - leg * leg));
}

double ShareAt(const Profile& profile, Categories categories, double p_pu) {
  const double full_from = profile.Number(Figure::kFullReactiveFromPu, categories);
  if (p_pu < profile.Number(Figure::kNoReactiveBelowPu, categories)) return 0;
  return full_from > 0 ? std::min(1.0, p_pu / full_from) : 1;
}

}  // namespace

ReactiveRange RequiredReactive(const Profile& profile, Categories categories, const ConfiguredRatings& ratings,
                               double p_kw) {
  const double rated_kw = p_kw < 0 ? ratings.p_charge_kw : ratings.p_max_kw;
  const double s_kva = p_kw < 0 ? ratings.s_charge_kva : ratings.s_max_kva;
  const double share = rated_kw > 0 ? ShareAt(profile, categories, std::abs(p_kw) / rated_kw) : 0;
  return {share * s_kva * profile.Number(Figure::kInjectShare, categories),
          share * s_kva * profile.Number(Figure::kAbsorbShare, categories)};
}

Power WithinCapability(Power wanted, const ConfiguredRatings& ratings, Priority priority, ReactiveRange required) {
  Power power = {std::clamp(wanted.p_kw, -ratings.p_charge_kw, ratings.p_max_kw),
                 std::clamp(wanted.q_kvar, -ratings.q_absorb_kvar, ratings.q_inject_kvar)};
  if (priority == Priority::kPowerFactor && wanted.q_kvar != 0) {  // a clamped Q takes P with it
    power.p_kw =
        std::copysign(std::min(std::abs(power.p_kw), std::abs(wanted.p_kw * power.q_kvar / wanted.q_kvar)), power.p_kw);
    power.q_kvar = wanted.p_kw == 0 ? power.q_kvar : wanted.q_kvar * power.p_kw / wanted.p_kw;
  }
  const double s_kva = power.p_kw < 0 ? ratings.s_charge_kva : ratings.s_max_kva;
  const double apparent_kva = std::hypot(power.p_kw, power.q_kvar);
  if (apparent_kva <= s_kva) return power;
  if (priority == Priority::kPowerFactor) {
    return {power.p_kw * s_kva / apparent_kva, power.q_kvar * s_kva / apparent_kva};
  }
  const double most_required = power.q_kvar >= 0 ? required.inject_kvar : required.absorb_kvar;
  const double kept_kvar =
      std::min({std::abs(power.q_kvar), s_kva, priority == Priority::kReactive ? s_kva : most_required});
  const double p_kw = std::min(std::abs(power.p_kw), Leg(s_kva, kept_kvar));
  const double q_kvar = std::min(std::abs(power.q_kvar), Leg(s_kva, p_kw));
  return {std::copysign(p_kw, power.p_kw), std::copysign(q_kvar, power.q_kvar)};
}

}  // namespace derms::gridcode
