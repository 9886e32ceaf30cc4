// How a DER comes to the start of a horizon: what was measured, moved along the schedule in force. Pure.
//
// A plan that is made for 10:15 is made at 10:07 from readings of 10:06, while the schedule of before is still being
// followed. So the state at the start is the measured one plus what that schedule does until then; without a reading it
// is what the schedule says; without either it is the DER's parameters, which is right once, when it begins to work.
#pragma once

#include <optional>

#include "absl/time/time.h"
#include "libs/domain/defaults.h"
#include "libs/domain/der.h"
#include "libs/domain/records.h"
#include "services/optimizer/horizon.h"

namespace derms::optimizer {

// Readings older than this say nothing about the state at the start of a horizon.
inline constexpr absl::Duration kReadingFreshness = absl::Minutes(15);

// Whether what holds now says anything about the start of the horizon: studies of other days use the parameters.
bool StartsNear(const Horizon& horizon, absl::Time now);
bool IsFresh(const domain::Reading& reading, absl::Time now);
// From when on schedules in force may be asked about.
absl::Time PlanNeededFrom(const Horizon& horizon, absl::Time now);

// What is known of one DER; what is not is null.
struct Evidence {
  const domain::Reading* reading = nullptr;  // fresh
  const domain::PlannedStates* planned = nullptr;
  std::size_t planned_row = 0;
};

// Energy that a storage holds at `start`, within its band. Power is constant in a slot, so energy changes linearly, by
// -p / eta_d when discharging and -p eta_c when charging; where nothing is planned it stays. Without a reading it is
// counted from the first stored energy that is planned for `start` or after, else from the last before.
double InitialEnergyKwh(const Evidence& evidence, const domain::EffectiveParameters& parameters, absl::Time start);

// Output of a unit just before `start`: the measured one plus the change that the schedule makes from the measurement
// to `start`; none when nothing is known.
std::optional<double> InitialPowerKw(const Evidence& evidence, absl::Time start);

}  // namespace derms::optimizer
