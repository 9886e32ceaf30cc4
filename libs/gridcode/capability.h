// What active and reactive power a DER can have together. IEEE 1547-2018 cl. 5.2, Table 7.
#pragma once

#include "libs/gridcode/profile.h"
#include "libs/gridcode/settings.h"

namespace derms::gridcode {

struct Power {
  double p_kw = 0, q_kvar = 0;
};
struct ReactiveRange {
  double inject_kvar = 0, absorb_kvar = 0;  // both not negative
};

// Least reactive power that the code wants at this active power: nothing below 0.05 pu, proportional to active power up
// to 0.2 pu, from there on all of Table 7's share of the apparent power.
ReactiveRange RequiredReactive(const Profile& profile, Categories categories, const ConfiguredRatings& ratings,
                               double p_kw);

enum class Priority { kReactive, kActive, kPowerFactor };

// The wanted power, brought into the ratings: P into [-p_charge, p_max], Q into [-q_absorb, q_inject], and both into
// the circle of the apparent power (of charging for negative P). What gives way outside the circle: kReactive P;
// kActive Q, but not below what is required at P; kPowerFactor both in the same ratio.
Power WithinCapability(Power wanted, const ConfiguredRatings& ratings, Priority priority, ReactiveRange required);

}  // namespace derms::gridcode
