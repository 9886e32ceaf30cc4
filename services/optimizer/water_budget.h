// What a hydro plant may still give, day by day: its energy for a day less what was planned of it before the horizon.
// Pure.
//
// A horizon near now lies in days of UTC. Its first day has what the schedules in force left of it; of a last day that
// goes on beyond the horizon it gets an even share, so that nothing is spent that the next run will want. A study of
// another day knows nothing of what was before: its days are counted from its start.
#pragma once

#include <vector>

#include "libs/dispatch/problem.h"
#include "services/optimizer/horizon.h"
#include "services/optimizer/initial_state.h"

namespace derms::optimizer {

// Begin of the day of UTC that `time` lies in.
absl::Time DayOf(absl::Time time);

// kWh that `planned` says of [from, until); where it says nothing, an even share of what a day has.
double SpentKwh(const Evidence& planned, absl::Time from, absl::Time until, double kwh_per_day);

struct DailyWater {
  double kwh_per_day = 0;
  double min_kw = 0;  // flows in any case: a day that has given too much still has so much left
};
// In rising order, over the whole horizon; an interval belongs to the day it begins in. `planned` is of the first day's
// part before the horizon; null pointers inside: nothing is known of it.
std::vector<dispatch::PeriodBudget> LiveWaterBudgets(const DailyWater& water, const Horizon& horizon,
                                                     const Evidence& planned);
std::vector<dispatch::PeriodBudget> StudyWaterBudgets(const DailyWater& water, const Horizon& horizon);

}  // namespace derms::optimizer
