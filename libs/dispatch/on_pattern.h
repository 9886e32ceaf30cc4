// The best on/off pattern of a unit for given worths of its intervals: a dynamic program over "on (off) for so many
// intervals" with minimum times, start costs by time off, maintenance and the earliest stop, but without ramps.
// FollowOutputs (unit_paths.h) finds outputs for any pattern of it.
#pragma once

#include "libs/dispatch/problem.h"
#include "libs/dispatch/unit_paths.h"

namespace derms::dispatch {

enum class Switching {
  kCosts,  // starts and stops cost what the unit says
  kFree,
};

// worth_usd[t]: of being on in interval t.
OnPattern BestPattern(const Problem& problem, const Unit& unit, const Series& worth_usd, Switching switching);

}  // namespace derms::dispatch
