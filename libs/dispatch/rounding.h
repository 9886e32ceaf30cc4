// Whole on/off decisions near a linear relaxation that keep every rule of each device by itself, so that the linear
// program with them fixed usually has a schedule: the first good one, long before branch and bound finds its own.
#pragma once

#include <vector>

#include "libs/dispatch/lp_model.h"
#include "libs/dispatch/unit_paths.h"

namespace derms::dispatch {

// [device]; empty: the device decides nothing of the kind.
using OnPatterns = std::vector<OnPattern>;

// The patterns that agree most with the relaxation's shares of on (Switching::kFree); where that breaks a unit's energy
// budget, those that are on less.
OnPatterns NearestPatterns(const Problem& problem, const LpModel& model, const std::vector<double>& x);

// What each device would do by itself at these prices, [region][t] USD/kWh: the relaxation's marginal prices.
OnPatterns PricedPatterns(const Problem& problem, const LpModel& model, const std::vector<Series>& prices);

}  // namespace derms::dispatch
