// Two figures from 1 to 10 for each device and interval of a schedule, as ListSchedules shows them.
// Formulas and reasons: docs/dispatch.md "Priority and stability score". Pure; thread-safe.
#pragma once

#include <vector>

#include "libs/dispatch/problem.h"
#include "libs/dispatch/solution.h"

namespace derms::dispatch {

struct ScheduleScores {
  std::vector<std::vector<int>> priority;              // [device][interval], 10 = most critical to carry out
  std::vector<std::vector<int>> grid_stability_score;  // [device][interval], 10 = most margin left
};

ScheduleScores ScoreSchedule(const Problem& problem, const Solution& solution);

}  // namespace derms::dispatch
