// What the solvers decide, on problems small enough to know the answer by hand.
#include "libs/dispatch/solver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/base/error.h"
#include "libs/dispatch/checker.h"
#include "libs/dispatch/clp_engine.h"
#include "libs/dispatch/exact.h"
#include "libs/dispatch/greedy.h"
#include "libs/dispatch/lp_model.h"
#include "libs/dispatch/portfolio.h"
#include "libs/dispatch/testing/random_problem.h"

namespace derms::dispatch {
namespace {

using ::testing::Contains;
using ::testing::DoubleNear;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;

Solution Solved(const Problem& problem, const SolveOptions& options = {}) {
  auto solution = MakePortfolio()->Solve(problem, options);
  EXPECT_EQ(solution.status(), absl::OkStatus());
  EXPECT_THAT(Check(problem, *solution).defects, IsEmpty());
  return *std::move(solution);
}

auto Near(double value) {
  return DoubleNear(value, 1e-6);
}

Device PlantOf(double min_kw, double max_kw, double usd_per_kwh) {
  Unit unit;
  unit.min_kw = min_kw;
  unit.max_kw = max_kw;
  unit.cost_pieces = {{max_kw, usd_per_kwh}};
  return {"PLANT", 0, true, true, unit};
}

TEST(Storage, BuysCheapAndSellsDear) {
  Problem problem = testing::SingleRegion({100, 100}, {0.1, 0.3});
  problem.devices = {testing::Battery("BATT")};
  std::get<Storage>(problem.devices[0].kind).final_energy_min_kwh = 200;
  const Solution solution = Solved(problem);
  // 100 kWh in, 90 stored, 81 out; the import price sets the price everywhere.
  EXPECT_THAT(solution.devices[0].power_kw, ElementsAre(Near(-100), Near(81)));
  EXPECT_THAT(solution.devices[0].state_of_charge_kwh, ElementsAre(Near(290), Near(200)));
  EXPECT_NEAR(solution.objective_usd(), 0.1 * 200 + 0.3 * 19, 1e-9);
  EXPECT_THAT(solution.regions[0].shadow_price_usd_per_kwh, ElementsAre(Near(0.1), Near(0.3)));
  EXPECT_EQ(solution.status, SolveStatus::kOptimal);
  EXPECT_EQ(solution.bound_kind, BoundKind::kRecomputed);
  EXPECT_EQ(solution.solver, "clp-lp");
}

TEST(Storage, DoesNotBurnEnergyInBothDirectionsAtNegativePrices) {
  Problem problem = testing::SingleRegion({10, 10}, {-1.0, -1.0});
  problem.regions[0].export_price_usd_per_kwh = {-1.0, -1.0};
  problem.devices = {testing::Battery("BATT")};
  auto& battery = std::get<Storage>(problem.devices[0].kind);
  battery.energy_max_kwh = battery.initial_energy_kwh = 200;  // full: charging needs discharging
  const Solution exclusive = Solved(problem);
  EXPECT_EQ(exclusive.solver, "cbc-milp");
  EXPECT_EQ(exclusive.status, SolveStatus::kOptimal);
  // Out in one interval, in again in the other: 81 kWh sold at a loss make room for 100 kWh bought with a premium.
  EXPECT_NEAR(exclusive.objective_usd(), -(10 + 10) + 81 - 100, 1e-4);

  battery.one_direction = false;
  const Solution both = Solved(problem);
  EXPECT_EQ(both.solver, "clp-lp");
  EXPECT_NEAR(both.objective_usd(), -20 - 2 * (100 - 81), 1e-6);
}

TEST(Exchange, NeverBuysAndSellsAtOnceEvenIfThatPaid) {
  Problem problem = testing::SingleRegion({100, 100}, {0.02, 0.02});
  problem.regions[0].export_price_usd_per_kwh = {0.08, 0.0};  // a feed-in tariff above the import price
  problem.devices = {PlantOf(0, 150, 0.05)};
  const Solution solution = Solved(problem);
  // Selling the plant's 50 kW above demand earns 4 - 7.5 USD; buying 100 kW costs 2 USD.
  EXPECT_THAT(solution.regions[0].net_import_kw, ElementsAre(Near(100), Near(100)));
  EXPECT_NEAR(solution.objective_usd(), 4.0, 1e-6);
}

TEST(Unit, SwitchesOffWhenRunningAtItsMinimumCostsMore) {
  Problem problem = testing::SingleRegion({100, 100, 100}, {0.1, 0.02, 0.1});
  problem.devices = {PlantOf(40, 80, 0.05)};
  auto& unit = std::get<Unit>(problem.devices[0].kind);
  EXPECT_THAT(Solved(problem).devices[0].power_kw, ElementsAre(Near(80), Near(40), Near(80)));

  unit.committable = true;
  unit.initial_kw = 80;
  unit.start_cost_usd = 1.0;  // less than the 1.2 USD lost at 40 kW
  const Solution off = Solved(problem);
  EXPECT_THAT(off.devices[0].on, ElementsAre(1, 0, 1));
  EXPECT_THAT(off.devices[0].power_kw, ElementsAre(Near(80), Near(0), Near(80)));
  EXPECT_NEAR(off.cost.start_usd, 1.0, 1e-9);

  unit.start_cost_usd = 1.3;
  EXPECT_THAT(Solved(problem).devices[0].on, ElementsAre(1, 1, 1));
}

TEST(Unit, RampsFromItsInitialOutput) {
  Problem problem = testing::SingleRegion({100, 100, 100}, {0.1, 0.1, 0.1});
  problem.devices = {PlantOf(0, 100, 0.05)};
  auto& unit = std::get<Unit>(problem.devices[0].kind);
  unit.initial_kw = 10;
  unit.ramp_up_kw_per_min = 0.5;  // 30 kW an hour
  const Solution solution = Solved(problem);
  EXPECT_THAT(solution.devices[0].power_kw, ElementsAre(Near(40), Near(70), Near(100)));
  EXPECT_THAT(solution.binding, Contains(Field(&BindingConstraint::name, "ramp_up")));
}

TEST(Unit, FollowsItsConvexCostCurve) {
  Problem problem = testing::SingleRegion({200, 200, 200}, {0.04, 0.06, 0.2});
  problem.devices = {PlantOf(0, 100, 0)};
  std::get<Unit>(problem.devices[0].kind).cost_pieces = {{30, 0.05}, {70, 0.1}, {100, 0.3}};
  EXPECT_THAT(Solved(problem).devices[0].power_kw, ElementsAre(Near(0), Near(30), Near(70)));
}

TEST(Hydro, SpendsItsWaterWhenItIsWorthMost) {
  Problem problem = testing::SingleRegion({100, 100, 100}, {0.1, 0.3, 0.2});
  problem.profiles.push_back({50, 50, 50});
  Hydro river;
  river.availability_kw.profile = 0;
  river.energy_budget_kwh = 70;
  problem.devices.push_back({"RIVER", 0, true, true, river});
  EXPECT_THAT(Solved(problem).devices[0].power_kw, ElementsAre(Near(0), Near(50), Near(20)));
}

TEST(Regions, LimitsAreMetAndPriced) {
  Problem problem = testing::SingleRegion({100}, {0.1});
  Region south;
  south.id = "SOUTH";
  south.parent = 0;
  south.export_limit_kw = {30};
  problem.regions.push_back(south);
  testing::AddRenewable(problem, "SUN", {80}).region = 1;
  const Solution solution = Solved(problem);
  EXPECT_THAT(solution.devices[0].power_kw, ElementsAre(Near(30)));
  EXPECT_THAT(solution.devices[0].curtailed_kw, ElementsAre(Near(50)));
  EXPECT_THAT(solution.regions[1].shadow_price_usd_per_kwh, ElementsAre(Near(0)));
  EXPECT_THAT(solution.binding, Contains(Field(&BindingConstraint::name, "export_limit")));
}

TEST(Regions, LoadIsShedOnlyBehindALimitThatNothingElseCanMeet) {
  Problem problem = testing::SingleRegion({0}, {0.1});
  Region south;
  south.id = "SOUTH";
  south.parent = 0;
  south.demand_kw = {100};
  south.import_limit_kw = {60};
  problem.regions.push_back(south);
  problem.devices = {PlantOf(0, 25, 1.0)};
  problem.devices[0].region = 1;
  const Solution solution = Solved(problem);
  EXPECT_THAT(solution.regions[1].shed_kw, ElementsAre(Near(15)));
  EXPECT_NEAR(solution.cost.lost_load_usd, 150, 1e-6);
}

TEST(Reserve, KeepsHeadroomBothWaysAndPaysForWhatIsMissing) {
  Problem problem = testing::SingleRegion({100, 100}, {0.2, 0.2});
  problem.regions[0].reserve_up_kw = {30, 120};
  problem.regions[0].reserve_down_kw = {30, 0};
  problem.devices = {PlantOf(0, 100, 0.05)};
  const Solution solution = Solved(problem);
  EXPECT_THAT(solution.devices[0].power_kw, ElementsAre(Near(70), Near(0)));
  EXPECT_THAT(solution.regions[0].reserve_short_up_kw, ElementsAre(Near(0), Near(20)));
  EXPECT_NEAR(solution.cost.reserve_usd, 20, 1e-6);
}

TEST(Peak, IsShavedWhenItCostsMoreThanTheDetour) {
  Problem problem = testing::SingleRegion({100, 50}, {0.1, 0.1});
  problem.devices = {testing::Battery("BATT")};
  std::get<Storage>(problem.devices[0].kind).final_energy_min_kwh = 200;
  EXPECT_THAT(Solved(problem).devices[0].power_kw, Each(Near(0)));
  problem.regions[0].peak_charge_usd_per_kw = 1.0;
  const Solution shaved = Solved(problem);
  // 100 - d = 50 + d / 0.81
  const double d = 50 / (1 + 1 / 0.81);
  EXPECT_THAT(shaved.devices[0].power_kw, ElementsAre(Near(d), Near(-d / 0.81)));
  problem.regions[0].peak_so_far_kw = 100;  // already paid for
  EXPECT_THAT(Solved(problem).devices[0].power_kw, Each(Near(0)));
}

TEST(Carbon, PriceMovesOutputToTheCleanerSource) {
  Problem problem = testing::SingleRegion({100}, {0.1});
  problem.regions[0].carbon_of_import_kg_per_kwh = {0.8};
  problem.devices = {PlantOf(0, 100, 0.12)};
  EXPECT_THAT(Solved(problem).devices[0].power_kw, ElementsAre(Near(0)));
  problem.carbon_price_usd_per_kg = 0.05;
  EXPECT_THAT(Solved(problem).devices[0].power_kw, ElementsAre(Near(100)));
}

TEST(Intervals, OfAQuarterHourCostAQuarter) {
  Problem problem = testing::SingleRegion({100, 100}, {0.1, 0.3});
  problem.interval_length = absl::Minutes(15);
  EXPECT_NEAR(Solved(problem).objective_usd(), 10, 1e-9);
}

TEST(Deadline, OfNothingStillGivesTheGreedySchedule) {
  const Problem problem = testing::RandomProblem(7, {.committable_units = true});
  const Solution solution = Solved(problem, {.time_limit = absl::ZeroDuration()});
  EXPECT_EQ(solution.solver, "greedy");
  EXPECT_EQ(solution.status, SolveStatus::kFeasible);
  EXPECT_EQ(solution.bound_kind, BoundKind::kNone);
  EXPECT_EQ(solution.notes.size(), 1U);  // says that there was too little time
}

TEST(Deadline, PassedInsideTheExactSolverKeepsTheKnownSchedule) {
  const Problem problem = testing::RandomProblem(7, {});
  const Solution greedy = GreedySolver().Solve(problem, {}).value();
  const auto kept = ExactSolver().Improve(problem, {.time_limit = absl::ZeroDuration()}, greedy);
  ASSERT_EQ(kept.status(), absl::OkStatus());
  EXPECT_EQ(kept->objective_usd(), greedy.objective_usd());
  EXPECT_EQ(base::ReasonOf(ExactSolver().Solve(problem, {.time_limit = absl::ZeroDuration()}).status()),
            "NO_SCHEDULE_IN_TIME");
}

TEST(Cancel, EndsTheSolveWithAnError) {
  const std::atomic<bool> cancelled = true;
  SolveOptions options;
  options.cancelled = &cancelled;
  EXPECT_EQ(base::ReasonOf(MakePortfolio()->Solve(testing::RandomProblem(1, {}), options).status()), "CANCELLED");
}

TEST(Progress, ReportsItsPhasesAndNeverGetsDearer) {
  std::vector<std::string> phases;
  double best = kUnlimited;
  SolveOptions options;
  options.progress = [&](const SolveProgress& progress) {
    phases.emplace_back(progress.phase);
    EXPECT_LE(progress.best_cost_usd, best);
    best = progress.best_cost_usd;
  };
  Solved(testing::RandomProblem(3, {}), options);
  EXPECT_THAT(phases, ElementsAre("greedy", "lp", "check"));
}

TEST(Determinism, TheSameProblemGivesTheSameScheduleToTheLastBit) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const Problem problem = testing::RandomProblem(seed, {.negative_prices = true, .committable_units = true});
    const Solution one = Solved(problem), two = Solved(problem);
    EXPECT_EQ(one.objective_usd(), two.objective_usd());
    for (std::size_t i = 0; i < one.devices.size(); ++i) EXPECT_EQ(one.devices[i].power_kw, two.devices[i].power_kw);
  }
}

TEST(Solvers, AgreeWhereNoWholeNumbersMatter) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    Problem problem = testing::RandomProblem(seed, {});
    const double linear = Solved(problem).objective_usd();
    for (Device& device : problem.devices) {
      // Free to switch off, but without minimum, no-load and start cost that is only p = 0.
      if (auto* unit = std::get_if<Unit>(&device.kind)) unit->min_kw = 0;
    }
    const double free = Solved(problem).objective_usd();
    EXPECT_LE(free, linear + 1e-6);
    for (Device& device : problem.devices) {
      auto* unit = std::get_if<Unit>(&device.kind);
      if (unit == nullptr || !unit->initial_kw) continue;
      unit->committable = true;
      unit->start_cost_usd = 1e-12;  // now the model has whole numbers, with the same optimum
    }
    EXPECT_NEAR(Solved(problem).objective_usd(), free, 1e-5 * (1 + std::abs(free)));
  }
}

Problem TooManyPlants() {
  Problem problem = testing::SingleRegion(Series(24, 12'345.0), Series(24, 0.1));
  for (int i = 0; i < 21'000; ++i) {
    problem.devices.push_back(PlantOf(0, 1, 0.03 + 2e-6 * i));
    problem.devices.back().id += std::to_string(i);
  }
  return problem;
}

TEST(ExactSolver, RefusesBySizeAndTheFleetEngineTakesOver) {
  const Problem problem = TooManyPlants();
  EXPECT_EQ(base::ReasonOf(ExactSolver().Solve(problem, {}).status()), "UNSUPPORTED_SIZE");
  const Solution solution = MakePortfolio()->Solve(problem, {.relative_gap = 1e-3}).value();
  EXPECT_EQ(solution.solver, "sapc");
  EXPECT_EQ(solution.bound_kind, BoundKind::kRecomputed);
  EXPECT_LE(solution.relative_gap(), 1e-3);
}

TEST(ExactSolver, RefusesBySizeAndThePortfolioSaysWhoCannotHelpEither) {
  Problem problem = TooManyPlants();
  std::get<Unit>(problem.devices[7].kind).committable = true;
  const Solution solution = MakePortfolio()->Solve(problem, {}).value();
  EXPECT_EQ(solution.solver, "greedy");
  EXPECT_THAT(solution.notes, ::testing::ElementsAre(::testing::HasSubstr(problem.devices[7].id),
                                                     ::testing::HasSubstr("larger than the exact solver takes")));
}

}  // namespace
}  // namespace derms::dispatch
