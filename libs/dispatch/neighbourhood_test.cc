#include "libs/dispatch/neighbourhood.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "libs/dispatch/portfolio.h"
#include "libs/dispatch/testing/random_problem.h"
#include "libs/dispatch/testing/solved.h"

namespace derms::dispatch {
namespace {

testing::RandomShape ManyUnits() {
  testing::RandomShape shape;
  shape.intervals = 48;
  shape.devices = 80;
  shape.committable_units = shape.unit_times = true;
  return shape;
}

TEST(Neighbourhoods, FreeEveryDeviceOnceInARound) {
  const Problem problem = testing::RandomProblem(3, ManyUnits());
  const LpModel model = BuildLpModel(problem, RegionTree(problem.regions));
  Solution schedule;
  schedule.regions.resize(problem.regions.size());
  for (const DeviceColumns& columns : model.device_columns) {
    schedule.devices.emplace_back();
    if (columns.on != kAbsent) schedule.devices.back().on.assign(48, 1);
  }
  Neighbourhoods neighbourhoods(model, 1);
  ASSERT_GE(neighbourhoods.count(), 3);
  for (int round = 0; round < 2; ++round) {
    std::map<std::size_t, int> freed;
    for (int i = 0; i < neighbourhoods.count(); ++i) {
      const Decisions decisions = neighbourhoods.Next(schedule);
      for (std::size_t d = 0; d < decisions.on.size(); ++d) {
        if (model.device_columns[d].on != kAbsent && decisions.on[d].empty()) ++freed[d];
      }
    }
    for (std::size_t d = 0; d < model.device_columns.size(); ++d) {
      EXPECT_EQ(freed[d], model.device_columns[d].on != kAbsent ? 1 : 0) << d;
    }
  }
}

// Whatever the search finds passes the checker, and is no worse than what rounding alone had found.
TEST(Neighbourhoods, TheSearchOnlyImproves) {
  const Problem problem = testing::RandomProblem(3, ManyUnits());
  double rounded_usd = kUnlimited;
  SolveOptions options;
  options.time_limit = absl::Seconds(3);
  options.progress = [&](const SolveProgress& progress) {
    if (progress.phase == "lp") rounded_usd = progress.best_cost_usd;
  };
  const Solution solution = testing::Solved(problem, options);
  EXPECT_LT(rounded_usd, kUnlimited);
  EXPECT_LE(solution.objective_usd(), rounded_usd + 1e-6);
  EXPECT_GE(solution.gap_usd(), -1e-6);
}

}  // namespace
}  // namespace derms::dispatch
