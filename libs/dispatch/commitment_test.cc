// Units that switch: every pattern of on and off is tried by hand and compared with the MILP and with the checker's
// bound.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "libs/base/error.h"
#include "libs/dispatch/checker_parts.h"
#include "libs/dispatch/testing/random_problem.h"
#include "libs/dispatch/testing/solved.h"

namespace derms::dispatch {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using testing::Near;
using testing::RulesBroken;
using testing::Solved;

constexpr int kIntervals = 8;
constexpr double kImpossible = kUnlimited;

// splitmix64
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15ULL + 1) {}
  double Uniform(double low, double high) {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return low + (high - low) * static_cast<double>((z ^ (z >> 31)) >> 11) * 0x1.0p-53;
  }
  bool Chance(double probability) { return Uniform(0, 1) < probability; }

 private:
  std::uint64_t state_;
};

// One unit beside a grid that takes and gives anything at the import price: the unit decides for itself.
Problem UnitAtAPrice(std::uint64_t seed) {
  Dice dice(seed);
  Series prices(kIntervals);
  for (double& price : prices) price = dice.Chance(0.2) ? 0.1 : dice.Uniform(0.0, 0.2);  // with ties
  Problem problem = testing::SingleRegion(Series(kIntervals, 1000.0), prices);
  problem.interval_length = dice.Chance(0.5) ? absl::Hours(1) : absl::Minutes(30);
  Unit unit;
  unit.max_kw = 100;
  unit.min_kw = dice.Chance(0.8) ? dice.Uniform(20, 60) : 0.0;
  unit.cost_pieces = {{50, 0.05}, {100, 0.09}};
  unit.committable = true;
  if (dice.Chance(0.5)) unit.initial_kw = std::max(unit.min_kw, 30.0);
  if (dice.Chance(0.7)) unit.initial_state_hours = dice.Uniform(0, 4);
  unit.no_load_usd_per_hour = dice.Uniform(0, 1);
  unit.min_up_hours = dice.Uniform(0, 3);
  unit.min_down_hours = dice.Uniform(0, 3);
  unit.stop_cost_usd = dice.Uniform(0, 1);
  if (dice.Chance(0.6)) {
    unit.start_costs = {{0, 0.5}, {dice.Uniform(0.6, 1.5), 1.0}, {dice.Uniform(1.6, 3), 3.0}};
  } else {
    unit.start_cost_usd = dice.Uniform(0, 3);
  }
  if (dice.Chance(0.3)) unit.maintenance = {{5, 7}};
  if (dice.Chance(0.4)) unit.start_max_kw = dice.Uniform(unit.min_kw, 100);
  if (dice.Chance(0.4)) unit.stop_max_kw = dice.Uniform(unit.min_kw, 100);
  if (dice.Chance(0.3)) unit.quadratic_usd_per_kw2h = 0.0003;
  problem.devices.push_back({"PLANT", 0, true, true, unit});
  return problem;
}

// Least cost of an interval on, by search over outputs.
double RunningUsd(const Unit& unit, double price, double highest_kw) {
  const auto cost = [&](double p) {
    const double curve = p <= 50 ? 0.05 * p : 2.5 + 0.09 * (p - 50);
    return curve + unit.quadratic_usd_per_kw2h * p * p - price * p;
  };
  double low = unit.min_kw, high = highest_kw;
  for (int step = 0; step < 200; ++step) {  // convex: ternary search
    const double third = (high - low) / 3;
    if (cost(low + third) <= cost(high - third)) {
      high -= third;
    } else {
      low += third;
    }
  }
  return cost(low) + unit.no_load_usd_per_hour;
}

double PatternUsd(const Problem& problem, unsigned pattern) {
  const auto& unit = std::get<Unit>(problem.devices[0].kind);
  const double hours = problem.hours();
  bool on = unit.initial_kw.value_or(0.0) > 0;
  double since = unit.initial_state_hours.value_or(1000), usd = 0;
  for (int t = 0; t < kIntervals; ++t) {
    const bool now = (pattern >> t & 1U) != 0;
    if (now != on && since + 1e-9 < (on ? unit.min_up_hours : unit.min_down_hours)) return kImpossible;
    if (now && !on) {
      double start = unit.start_cost_usd;
      for (const StartCost& step : unit.start_costs) start = since + 1e-9 >= step.off_hours ? step.usd : start;
      usd += start;
    }
    if (!now && on) usd += unit.stop_cost_usd;
    since = now == on ? since + hours : hours;
    on = now;
    for (const IntervalRange& range : unit.maintenance) {
      if (now && t >= range.first && t < range.end) return kImpossible;
    }
    const double price = problem.regions[0].import_price_usd_per_kwh[static_cast<std::size_t>(t)];
    const bool was_on = t > 0 ? (pattern >> (t - 1) & 1U) != 0 : unit.initial_kw.value_or(0.0) > 0;
    const bool stays_on = t + 1 == kIntervals || (pattern >> (t + 1) & 1U) != 0;
    double most = unit.max_kw;
    if (now && !was_on) most = std::min(most, unit.start_max_kw.value_or(most));
    if (now && !stays_on) most = std::min(most, unit.stop_max_kw.value_or(most));
    if (now) usd += hours * RunningUsd(unit, price, most);
    if (!now && was_on && t == 0 && *unit.initial_kw > unit.stop_max_kw.value_or(most)) return kImpossible;
    usd += hours * price * 1000;
  }
  return usd;
}

double BestPatternUsd(const Problem& problem) {
  double best = kImpossible;
  for (unsigned pattern = 0; pattern < 1U << kIntervals; ++pattern) {
    best = std::min(best, PatternUsd(problem, pattern));
  }
  return best;
}

TEST(Commitment, IsTheBestOfAllPatterns) {
  int solved = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(seed);
    const Problem problem = UnitAtAPrice(seed);
    const double best = BestPatternUsd(problem);
    if (best == kImpossible) {  // maintenance right after a start that it may not undo
      EXPECT_EQ(base::ReasonOf(MakePortfolio()->Solve(problem, {}).status()), "INFEASIBLE");
      continue;
    }
    ++solved;
    const Solution solution = Solved(problem);
    EXPECT_NEAR(solution.objective_usd(), best, 1e-5 * best);
    EXPECT_LE(solution.lower_bound_usd, best + 1e-6 * best);
  }
  EXPECT_GE(solved, 50);
}

TEST(Commitment, IsTheBestOfAllPatternsToGreedyTooWhenPricesAreAllThatCounts) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(seed);
    Problem problem = UnitAtAPrice(seed);
    auto& unit = std::get<Unit>(problem.devices[0].kind);
    unit.start_max_kw.reset();
    unit.stop_max_kw.reset();
    const double best = BestPatternUsd(problem);
    if (best == kImpossible) continue;
    EXPECT_NEAR(Solved(problem, {.time_limit = absl::ZeroDuration()}).objective_usd(), best, 1e-6 * best);
  }
}

TEST(Commitment, ItsBoundIsExactAtThePricesOfTheGrid) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(seed);
    const Problem problem = UnitAtAPrice(seed);
    const double best = BestPatternUsd(problem);
    if (best == kImpossible) continue;
    Multipliers grid;
    grid.balance = {problem.regions[0].import_price_usd_per_kwh};
    for (double& price : grid.balance[0]) price *= problem.hours();
    EXPECT_NEAR(checking::RecomputeBound(problem, grid), best, 1e-6 * best);
  }
}

// A unit that pays from 0.1 USD/kWh on.
Problem Plant(const Series& prices) {
  Problem problem = testing::SingleRegion(Series(prices.size(), 1000.0), prices);
  Unit unit;
  unit.min_kw = 40;
  unit.max_kw = 100;
  unit.cost_pieces = {{100, 0.1}};
  unit.committable = true;
  unit.initial_kw = 0;
  problem.devices.push_back({"PLANT", 0, true, true, unit});
  return problem;
}
Unit& PlantOf(Problem& problem) {
  return std::get<Unit>(problem.devices[0].kind);
}

TEST(MinimumTimes, KeepAUnitOnAndOff) {
  Problem problem = Plant({0.05, 0.2, 0.05, 0.2, 0.05, 0.05});
  EXPECT_THAT(Solved(problem).devices[0].on, ElementsAre(0, 1, 0, 1, 0, 0));
  PlantOf(problem).min_up_hours = 2.5;  // three intervals
  EXPECT_THAT(Solved(problem).devices[0].on, ElementsAre(0, 1, 1, 1, 0, 0));
  PlantOf(problem).min_up_hours = 0;
  PlantOf(problem).min_down_hours = 3;
  PlantOf(problem).no_load_usd_per_hour = 4;  // so that staying on is no way out
  EXPECT_THAT(Solved(problem).devices[0].on,
              ::testing::AnyOf(ElementsAre(0, 1, 0, 0, 0, 0), ElementsAre(0, 0, 0, 1, 0, 0)));
}

TEST(MinimumTimes, CountFromBeforeTheHorizon) {
  Problem problem = Plant({0.05, 0.05, 0.05});
  PlantOf(problem).initial_kw = 50;
  PlantOf(problem).min_up_hours = 4;
  PlantOf(problem).initial_state_hours = 2;
  EXPECT_THAT(Solved(problem).devices[0].on, ElementsAre(1, 1, 0));
}

TEST(MinimumTimes, MayBeLongerThanTheHorizon) {
  Problem problem = Plant({0.2, 0.2, 0.2});
  PlantOf(problem).min_down_hours = 100;
  PlantOf(problem).initial_state_hours = 70;
  for (const absl::Duration limit : {absl::ZeroDuration(), absl::Seconds(30)}) {
    EXPECT_THAT(Solved(problem, {.time_limit = limit}).devices[0].on, ElementsAre(0, 0, 0));
  }
  problem = Plant({0.05, 0.05, 0.05});
  PlantOf(problem).initial_kw = 50;
  PlantOf(problem).min_up_hours = 100;
  PlantOf(problem).initial_state_hours = 70;
  for (const absl::Duration limit : {absl::ZeroDuration(), absl::Seconds(30)}) {
    EXPECT_THAT(Solved(problem, {.time_limit = limit}).devices[0].on, ElementsAre(1, 1, 1));
  }
}

TEST(StartCost, GrowsWithTheTimeOff) {
  Problem problem = Plant({0.2, 0.05, 0.2, 0.05, 0.05, 0.05, 0.2});
  PlantOf(problem).initial_kw = 100;
  PlantOf(problem).min_kw = 90;
  PlantOf(problem).start_costs = {{0, 1}, {3, 5}};
  const Solution solution = Solved(problem);
  EXPECT_THAT(solution.devices[0].on, ElementsAre(1, 0, 1, 0, 0, 0, 1));
  EXPECT_NEAR(solution.cost.start_usd, 1 + 5, 1e-6);
}

TEST(StartAndStop, AreBoundedByTheirOwnRamps) {
  Problem problem = Plant({0.2, 0.2, 0.2, -0.2, -0.2});
  PlantOf(problem).start_max_kw = 60;
  PlantOf(problem).stop_max_kw = 50;
  EXPECT_THAT(Solved(problem).devices[0].power_kw, ElementsAre(Near(60), Near(100), Near(50), Near(0), Near(0)));
}

TEST(StartAndStop, NeedAnIntervalBelowStopMaxEvenWithoutARamp) {
  Problem problem = Plant({-0.2, -0.2, -0.2});
  PlantOf(problem).initial_kw = 100;
  PlantOf(problem).stop_max_kw = 50;
  for (const absl::Duration limit : {absl::ZeroDuration(), absl::Seconds(30)}) {
    EXPECT_THAT(Solved(problem, {.time_limit = limit}).devices[0].power_kw, ElementsAre(Near(40), Near(0), Near(0)));
  }
}

TEST(Maintenance, TakesAUnitOut) {
  Problem problem = Plant({0.2, 0.2, 0.2, 0.2});
  PlantOf(problem).maintenance = {{1, 2}};
  EXPECT_THAT(Solved(problem).devices[0].on, ElementsAre(1, 0, 1, 1));
  EXPECT_EQ(Solved(problem, {.time_limit = absl::ZeroDuration()}).devices[0].on[1], 0);
}

TEST(EnergyBudget, OfAUnitIsSpentWhereItIsWorthMost) {
  Problem problem = Plant({0.2, 0.4, 0.3});
  PlantOf(problem).committable = false;
  PlantOf(problem).min_kw = 0;
  PlantOf(problem).energy_budget_kwh = 150;
  const Solution solution = Solved(problem);
  EXPECT_THAT(solution.devices[0].power_kw, ElementsAre(Near(0), Near(100), Near(50)));
  EXPECT_THAT(solution.binding, Contains(::testing::Field(&BindingConstraint::name, "energy_budget")));
}

TEST(QuadraticCost, MeetsThePriceAtTheMargin) {
  Problem problem = Plant({0.11, 0.15, 0.4});
  PlantOf(problem).committable = false;
  PlantOf(problem).min_kw = 0;
  PlantOf(problem).quadratic_usd_per_kw2h = 0.0005;
  const Solution solution = Solved(problem, {.relative_gap = 1e-9});
  // 0.1 + 2 q p = price
  EXPECT_THAT(solution.devices[0].power_kw,
              ElementsAre(::testing::DoubleNear(10, 0.1), ::testing::DoubleNear(50, 0.1), Near(100)));
  EXPECT_EQ(solution.status, SolveStatus::kOptimal);
  EXPECT_LE(solution.relative_gap(), 1e-9);
  const double exact = 1000 * 0.66 - (1.1 + 1.5 * 5 + 40 - 0.1 * 160 - 0.0005 * (100 + 2500 + 10000)) - 0;
  EXPECT_NEAR(solution.objective_usd(), exact, 1e-5);
}

struct Planted {
  const char* rule;
  std::vector<std::uint8_t> on;
  Series power_kw;
  void (*change)(Unit&);
};

TEST(Checker, FindsEveryBrokenRuleOfAUnit) {
  const Planted plants[] = {
      {"min_up_time", {0, 1, 0, 0}, {0, 40, 0, 0}, [](Unit& u) { u.min_up_hours = 1.5; }},
      {"min_up_time",
       {0, 0, 0, 0},
       {0, 0, 0, 0},
       [](Unit& u) {
         u.initial_kw = 40;
         u.min_up_hours = 3;
         u.initial_state_hours = 2.5;
       }},
      {"min_down_time", {1, 0, 1, 1}, {40, 0, 40, 40}, [](Unit& u) { u.min_down_hours = 2; }},
      {"min_down_time",
       {1, 1, 1, 1},
       {40, 40, 40, 40},
       [](Unit& u) {
         u.min_down_hours = 2;
         u.initial_state_hours = 1;
       }},
      {"maintenance",
       {0, 1, 0, 0},
       {0, 40, 0, 0},
       [](Unit& u) {
         u.maintenance = {{0, 2}};
       }},
      {"start_max", {0, 1, 1, 0}, {0, 50, 40, 0}, [](Unit& u) { u.start_max_kw = 45; }},
      {"stop_max", {0, 1, 1, 0}, {0, 40, 50, 0}, [](Unit& u) { u.stop_max_kw = 45; }},
      {"energy_budget", {0, 1, 1, 0}, {0, 40, 50, 0}, [](Unit& u) { u.energy_budget_kwh = 89; }},
      {"cost", {0, 1, 0, 0}, {0, 40, 0, 0}, [](Unit& u) { u.stop_cost_usd = 0.1; }},
      {"cost",
       {0, 1, 0, 0},
       {0, 40, 0, 0},
       [](Unit& u) {
         u.start_costs = {{0, 0}, {50, 0.1}};
       }},
      {"cost", {0, 1, 0, 0}, {0, 40, 0, 0}, [](Unit& u) { u.quadratic_usd_per_kw2h = 0.001; }},
  };
  for (const Planted& plant : plants) {
    Problem problem = Plant({0.1, 0.1, 0.1, 0.1});
    Solution solution = Solved(problem);
    DeviceSchedule& schedule = solution.devices[0];
    schedule.on = plant.on;
    schedule.power_kw = plant.power_kw;
    solution.cost = {};
    for (std::size_t t = 0; t < 4; ++t) {
      solution.regions[0].net_import_kw[t] = 1000 - plant.power_kw[t];
      solution.cost.import_usd += 0.1 * (1000 - plant.power_kw[t]);
      solution.cost.generation_usd += 0.1 * plant.power_kw[t];
    }
    solution.bound_kind = BoundKind::kNone;
    solution.status = SolveStatus::kFeasible;
    if (plant.on[0] == 0 || plant.rule != std::string("min_down_time")) {
      EXPECT_THAT(RulesBroken(problem, solution), ::testing::IsEmpty()) << plant.rule;  // right without the rule
    }
    plant.change(PlantOf(problem));
    EXPECT_THAT(RulesBroken(problem, solution), Contains(plant.rule));
  }
}

}  // namespace
}  // namespace derms::dispatch
