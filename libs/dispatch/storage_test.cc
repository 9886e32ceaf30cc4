// Storage with targets, inflow, and reserve that its energy must back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/dispatch/testing/random_problem.h"
#include "libs/dispatch/testing/solved.h"

namespace derms::dispatch {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Field;
using testing::Near;
using testing::RulesBroken;
using testing::Solved;

// Half full (200 of 400 kWh), 100 kW, lossless; the price tells it what to do.
Problem WithBattery(const Series& prices) {
  Problem problem = testing::SingleRegion(Series(prices.size(), 500.0), prices);
  problem.devices = {testing::Battery("BATT")};
  auto& battery = std::get<Storage>(problem.devices[0].kind);
  battery.charge_efficiency = battery.discharge_efficiency = 1.0;
  return problem;
}
Storage& Battery(Problem& problem) {
  return std::get<Storage>(problem.devices[0].kind);
}

TEST(EnergyTarget, IsHeldAtItsIntervalAndOnlyThere) {
  Problem problem = WithBattery({0.3, 0.2, 0.1, 0.4});
  EXPECT_THAT(Solved(problem).devices[0].state_of_charge_kwh, ElementsAre(Near(100), Near(0), Near(100), Near(0)));
  Battery(problem).targets = {{1, 150, kUnlimited}};
  const Solution kept = Solved(problem);
  EXPECT_THAT(kept.devices[0].state_of_charge_kwh, ElementsAre(Near(100), Near(150), Near(100), Near(0)));
  EXPECT_THAT(kept.binding, Contains(Field(&BindingConstraint::name, "energy_target")));
}

TEST(EnergyTarget, MayBeACeiling) {
  Problem problem = WithBattery({0.1, 0.3, 0.2, 0.4});
  Battery(problem).targets = {{0, 0, 160}};
  EXPECT_THAT(Solved(problem).devices[0].power_kw[0], Near(40));
}

TEST(EnergyTarget, GreedyMeetsItToo) {
  Problem problem = WithBattery({0.5, 0.4, 0.1, 0.1});
  Battery(problem).targets = {{1, 390, 395}};
  const Solution greedy = Solved(problem, {.time_limit = absl::ZeroDuration()});
  EXPECT_EQ(greedy.solver, "greedy");
  EXPECT_GE(greedy.devices[0].state_of_charge_kwh[1], 390 - 1e-6);
}

TEST(EnergyTarget, GreedyStaysBelowACeilingWhenEnergyIsCheap) {
  Problem problem = WithBattery({0.05, 0.05, 0.5, 0.5});
  Battery(problem).targets = {{0, 0, 210}};
  EXPECT_LE(Solved(problem, {.time_limit = absl::ZeroDuration()}).devices[0].state_of_charge_kwh[0], 210 + 1e-6);
}

TEST(EnergyTarget, BrokenIsFoundByTheChecker) {
  Problem problem = WithBattery({0.3, 0.2, 0.1, 0.4});
  const Solution solution = Solved(problem);
  Battery(problem).targets = {{1, 1, kUnlimited}};
  EXPECT_THAT(RulesBroken(problem, solution), Contains("energy_target"));
  Battery(problem).targets = {{2, 0, 99}};
  EXPECT_THAT(RulesBroken(problem, solution), Contains("energy_target"));
}

TEST(Inflow, FillsTheStoreAndIsSpilledWhenItIsFull) {
  Problem problem = WithBattery({0.1, 0.1, 0.1});
  problem.regions[0].demand_kw = {0, 0, 0};  // and nobody pays for exports
  problem.profiles = {{150, 150, 150}};
  Battery(problem).inflow_kw = {0, 1.0};
  Battery(problem).final_energy_min_kwh = 400;
  Battery(problem).discharge_max_kw = 0;
  const Solution solution = Solved(problem);
  EXPECT_NEAR(solution.devices[0].state_of_charge_kwh[2], 400, 1e-6);
  double spilled = 0;
  for (double kw : solution.devices[0].spilled_kw) spilled += kw;
  EXPECT_NEAR(spilled, 250, 1e-6);
  EXPECT_NEAR(solution.objective_usd(), 0, 1e-6);
}

TEST(Inflow, IsWorthWhatItReplaces) {
  Problem problem = WithBattery({0.1, 0.4});
  problem.profiles = {{50, 0}};
  Battery(problem).initial_energy_kwh = 0;
  Battery(problem).charge_max_kw = 0;
  Battery(problem).inflow_kw = {0, 1.0};
  EXPECT_THAT(Solved(problem).devices[0].power_kw, ElementsAre(Near(0), Near(50)));
}

TEST(Inflow, MoreSpilledThanCameInIsFoundByTheChecker) {
  Problem problem = WithBattery({0.1, 0.1});
  problem.profiles = {{10, 10}};
  Battery(problem).inflow_kw = {0, 1.0};
  Solution solution = Solved(problem);
  solution.devices[0].spilled_kw[0] = 11;
  EXPECT_THAT(RulesBroken(problem, solution), Contains("spilled"));
  solution.devices[0].spilled_kw.clear();
  EXPECT_THAT(RulesBroken(problem, solution), Contains("shape"));
}

// 100 kW of headroom asked for; the battery holds 200 kWh and is idle at a flat price.
Problem WithReserve() {
  Problem problem = WithBattery({0.2, 0.2});
  Battery(problem).energy_min_kwh = 20;
  Battery(problem).wear_usd_per_kwh = 0.01;
  problem.regions[0].reserve_up_kw = problem.regions[0].reserve_down_kw = {100, 100};
  return problem;
}

TEST(ReserveEnergy, OfPowerAloneIsAllThatIsAskedForByDefault) {
  const Solution solution = Solved(WithReserve());
  EXPECT_THAT(solution.regions[0].reserve_short_up_kw, Each(Near(0)));
  EXPECT_THAT(solution.devices[0].power_kw, Each(Near(0)));
}

TEST(ReserveEnergy, OfAFewHoursIsChargedForInAdvance) {
  Problem problem = WithReserve();
  problem.reserve_hours = 2.0;  // 100 kW for 2 h above 20 kWh: 220 kWh; room for 200 kWh below 400
  problem.regions[0].reserve_down_kw.clear();
  const Solution solution = Solved(problem);
  EXPECT_THAT(solution.regions[0].reserve_short_up_kw, Each(Near(0)));
  EXPECT_THAT(solution.devices[0].state_of_charge_kwh, Each(Near(220)));
  EXPECT_THAT(solution.binding, Contains(Field(&BindingConstraint::name, "reserve_energy_up")));
  EXPECT_EQ(solution.bound_kind, BoundKind::kRecomputed);
  EXPECT_LE(solution.relative_gap(), 1e-6);
}

TEST(ReserveEnergy, MustCoverTheLossOnItsWayOut) {
  Problem problem = WithReserve();
  problem.reserve_hours = 2.0;
  problem.regions[0].reserve_down_kw.clear();
  Battery(problem).discharge_efficiency = 0.8;  // 100 kW for 2 h above 20 kWh: 270 kWh
  EXPECT_THAT(Solved(problem).devices[0].state_of_charge_kwh, Each(Near(270)));
}

TEST(ReserveEnergy, BothWaysShareTheStore) {
  Problem problem = WithReserve();
  problem.reserve_hours = 2.0;
  const Solution solution = Solved(problem);
  // 380 kWh between the limits carry 190 kW of the 200 kW for two hours.
  EXPECT_NEAR(solution.regions[0].reserve_short_up_kw[0] + solution.regions[0].reserve_short_down_kw[0], 10, 1e-5);
}

TEST(ReserveEnergy, ThatIsNotThereIsFoundByTheChecker) {
  Problem problem = WithReserve();
  const Solution solution = Solved(problem);
  problem.reserve_hours = 4.0;
  EXPECT_THAT(RulesBroken(problem, solution), Contains("reserve_up"));
  EXPECT_THAT(RulesBroken(problem, solution), Contains("reserve_down"));
}

}  // namespace
}  // namespace derms::dispatch
