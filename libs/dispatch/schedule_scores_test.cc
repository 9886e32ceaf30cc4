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

// Idle at a flat price: it has to end as full as it began, and a round trip loses energy.
Device IdleBattery() {
  Device device = testing::Battery("BATT");
  std::get<Storage>(device.kind).final_energy_min_kwh = 200;
  return device;
}

Solution Solved(const Problem& problem) {
  return MakePortfolio()->Solve(problem, {}).value();
}

TEST(SchedulePriority, GrowsWithPowerAndWithThePrice) {
  Problem problem = testing::SingleRegion({100, 100, 100}, {0.1, 0.2, 0.3});
  problem.devices = {PlantOf("BIG", 40, 40), PlantOf("SMALL", 10, 10), PlantOf("IDLE", 0, 0)};
  const ScheduleScores scores = ScoreSchedule(problem, Solved(problem));
  // BIG is the largest: 0.5 + half of the price's rank 1/6, 3/6, 5/6.  1 + round(9 * 0.583, 0.75, 0.917)
  EXPECT_THAT(scores.priority[0], ElementsAre(6, 8, 9));
  // SMALL has a quarter of BIG's power: 1 + round(9 * (0.125 + ...))
  EXPECT_THAT(scores.priority[1], ElementsAre(3, 4, 6));
  EXPECT_THAT(scores.priority[2], ElementsAre(1, 1, 1));
}

TEST(GridStabilityScore, IsTenWithTwiceTheReserveBothWaysAndNoChange) {
  Problem problem = testing::SingleRegion({100, 100}, {0.1, 0.1});
  problem.regions[0].reserve_up_kw = problem.regions[0].reserve_down_kw = {20, 50};
  problem.devices = {IdleBattery()};  // 100 kW each way
  const ScheduleScores scores = ScoreSchedule(problem, Solved(problem));
  EXPECT_THAT(scores.grid_stability_score[0], ElementsAre(10, 10));
}

TEST(GridStabilityScore, IsSevenWithJustTheReserveAskedFor) {
  Problem problem = testing::SingleRegion({100, 100}, {0.1, 0.1});
  problem.regions[0].reserve_up_kw = problem.regions[0].reserve_down_kw = {100, 100};
  problem.devices = {IdleBattery()};
  const ScheduleScores scores = ScoreSchedule(problem, Solved(problem));
  // Half of what earns all points: 1 + round(9 * (0.7 * 1/2 + 0.3))
  EXPECT_THAT(scores.grid_stability_score[0], ElementsAre(7, 7));
}

TEST(GridStabilityScore, CountsTheWorseDirectionAndTheDevicesOwnChange) {
  Problem problem = testing::SingleRegion({100, 100}, {0.1, 0.3});
  problem.regions[0].reserve_up_kw = problem.regions[0].reserve_down_kw = {10, 10};
  problem.reserve_up_price_usd_per_kwh = problem.reserve_down_price_usd_per_kwh = 0;
  problem.devices = {PlantOf("PLANT", 0, 100)};
  std::get<Unit>(problem.devices[0].kind).cost_pieces = {{100, 0.2}};
  const ScheduleScores scores = ScoreSchedule(problem, Solved(problem));
  // Interval 0: off at 0.1 USD/kWh, so no room down. Interval 1: full, no room up, and a jump over the whole range.
  EXPECT_THAT(scores.grid_stability_score[0], ElementsAre(4, 1));
}

TEST(ScheduleScores, StayWithinOneAndTenForEverySolver) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const Problem problem = testing::RandomProblem(seed, {.negative_prices = true, .committable_units = true});
    for (const auto& solution : {GreedySolver().Solve(problem, {}).value(), Solved(problem)}) {
      const ScheduleScores scores = ScoreSchedule(problem, solution);
      EXPECT_THAT(scores.priority, Each(Each(AllOf(Ge(1), Le(10)))));
      EXPECT_THAT(scores.grid_stability_score, Each(Each(AllOf(Ge(1), Le(10)))));
    }
  }
}

}  // namespace
}  // namespace derms::dispatch
