#include "libs/dispatch/schedule_scores.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/dispatch/greedy.h"
#include "libs/dispatch/portfolio.h"
#include "libs/dispatch/testing/random_problem.h"

namespace derms::dispatch {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Ge;
using ::testing::Le;

Device PlantOf(const std::string& id, double min_kw, double max_kw) {
  Unit unit;
  unit.min_kw = min_kw;
  unit.max_kw = max_kw;
  Device device;
  device.id = id;
  device.kind = unit;
  return device;
}

Solution Solved(const Problem& problem) {
  return MakePortfolio()->Solve(problem, {}).value();
}

TEST(SchedulePriority, GrowsWithPowerAndWithThePrice) {
  Problem problem = testing::SingleRegion({100, 100, 100}, {0.1, 0.2, 0.3});
  problem.devices = {PlantOf("BIG", 40, 40), PlantOf("SMALL", 10, 10), PlantOf("IDLE", 0, 0)};
  const auto priorities = PrioritiesOf(problem, Solved(problem));
  // BIG is the largest: 0.5 + half of the price's rank 1/6, 3/6, 5/6.  1 + round(9 * 0.583, 0.75, 0.917)
  EXPECT_THAT(priorities[0], ElementsAre(6, 8, 9));
  // SMALL has a quarter of BIG's power: 1 + round(9 * (0.125 + ...))
  EXPECT_THAT(priorities[1], ElementsAre(3, 4, 6));
  EXPECT_THAT(priorities[2], ElementsAre(1, 1, 1));
}

TEST(SchedulePriority, StaysWithinOneAndTenForEverySolver) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const Problem problem = testing::RandomProblem(seed, {.negative_prices = true, .committable_units = true});
    for (const auto& solution : {GreedySolver().Solve(problem, {}).value(), Solved(problem)}) {
      EXPECT_THAT(PrioritiesOf(problem, solution), Each(Each(AllOf(Ge(1), Le(10)))));
    }
  }
}

}  // namespace
}  // namespace derms::dispatch
