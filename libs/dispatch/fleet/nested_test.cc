// Regions below others: limits of feeders and areas are kept, bound below optimum below cost, judged twice by
// independent arithmetic; the same for any number of threads; an answer at every deadline; errors are refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "libs/base/error.h"
#include "libs/dispatch/checker.h"
#include "libs/dispatch/exact.h"
#include "libs/dispatch/fleet/compile.h"
#include "libs/dispatch/fleet/device_multipliers.h"
#include "libs/dispatch/fleet/sapc.h"
#include "libs/dispatch/fleet/sapc_solver.h"
#include "libs/dispatch/fleet/testing/fleet_generator.h"
#include "libs/dispatch/fleet/testing/random_nesting.h"
#include "libs/dispatch/testing/random_problem.h"

namespace derms::dispatch::fleet {
namespace {

Fleet FeederFleet(std::size_t devices, std::size_t devices_per_feeder, int intervals, std::uint64_t seed = 1) {
  testing::FleetShape shape = *testing::ShapeOfProfile("feeders");
  shape.devices = devices;
  shape.devices_per_feeder = devices_per_feeder;
  shape.intervals = intervals;
  shape.seed = seed;
  return testing::GenerateFleet(shape);
}

Fleet CoupledFleet(std::size_t devices, int intervals, std::uint64_t seed = 1) {
  testing::FleetShape shape = *testing::ShapeOfProfile("coupled");
  shape.devices = devices;
  shape.intervals = intervals;
  shape.seed = seed;
  return testing::GenerateFleet(shape);
}

std::set<std::string> RulesBroken(const Fleet& fleet, const FleetSchedule& schedule) {
  std::set<std::string> rules;
  for (const FleetDefect& defect : CheckFleet(fleet, schedule, MultipliersOf(fleet)).defects) rules.insert(defect.rule);
  return rules;
}

FleetSchedule Solved(const Fleet& fleet, const SapcOptions& options = {}) {
  auto schedule = SolveFleet(fleet, options);
  EXPECT_EQ(schedule.status(), absl::OkStatus());
  EXPECT_THAT(RulesBroken(fleet, *schedule), ::testing::IsEmpty());
  return *std::move(schedule);
}

void ExpectBracket(const Fleet& fleet) {
  const FleetSchedule schedule = Solved(fleet);
  const auto exact =
      ExactSolver().Solve(testing::ProblemOf(fleet), {.time_limit = absl::Seconds(2), .relative_gap = 1e-4});
  ASSERT_EQ(exact.status(), absl::OkStatus());
  const double rounding = 1e-5 * (1.0 + std::abs(exact->objective_usd()));
  EXPECT_LE(schedule.lower_bound_usd, exact->objective_usd() + rounding);
  EXPECT_GE(schedule.cost_usd, exact->lower_bound_usd - rounding);
}

TEST(NestedTest, BracketsTheOptimumBehindFeeders) {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    SCOPED_TRACE(seed);
    ExpectBracket(FeederFleet(120, 20, 24, seed));
  }
}

TEST(NestedTest, BracketsTheOptimumOfAreasBelowACommonLimit) {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    SCOPED_TRACE(seed);
    ExpectBracket(CoupledFleet(120, 24, seed));
  }
}

TEST(NestedTest, LargeAreasLeaveASmallGap) {
  EXPECT_LE(Solved(CoupledFleet(6000, 96)).relative_gap(), 5e-3);
}

TEST(NestedTest, ManySmallFeedersThatBindLeaveAModerateGap) {
  EXPECT_LE(Solved(FeederFleet(5000, 100, 96)).relative_gap(), 2.5e-2);
}

TEST(NestedTest, LimitsThatBindHaveAPriceThatRaisesTheBound) {
  const Fleet fleet = FeederFleet(1000, 100, 48);
  FleetSchedule schedule = Solved(fleet);
  double priced = 0.0;
  for (RegionPrices& prices : schedule.prices) {
    for (double price : prices.import_limit) priced += price;
    for (double price : prices.export_limit) priced += price;
    prices.import_limit.clear();
    prices.export_limit.clear();
  }
  EXPECT_GT(priced, 0.0);
  const FleetCertificate without = CheckFleet(fleet, schedule, MultipliersOf(fleet));
  EXPECT_LT(without.lower_bound_usd, schedule.lower_bound_usd);
}

TEST(NestedTest, IsTheSameForAnyNumberOfThreads) {
  for (const Fleet& fleet : {FeederFleet(1500, 50, 24), CoupledFleet(3000, 24)}) {
    const FleetSchedule one = Solved(fleet), two = Solved(fleet, {.threads = 2}), three = Solved(fleet, {.threads = 3});
    for (const FleetSchedule* other : {&two, &three}) {
      EXPECT_EQ(one.storage_kw, other->storage_kw);
      EXPECT_EQ(one.unit_kw, other->unit_kw);
      EXPECT_EQ(one.hydro_kw, other->hydro_kw);
      EXPECT_EQ(one.cost_usd, other->cost_usd);
      EXPECT_EQ(one.lower_bound_usd, other->lower_bound_usd);
    }
  }
}

TEST(NestedTest, AnswersAtEveryDeadline) {
  for (const Fleet& fleet : {FeederFleet(1500, 50, 48), CoupledFleet(3000, 48)}) {
    for (int milliseconds : {0, 1, 10, 40, 120}) {
      SCOPED_TRACE(milliseconds);
      const FleetSchedule schedule = Solved(fleet, {.time_limit = absl::Milliseconds(milliseconds)});
      EXPECT_GE(schedule.cost_usd, schedule.lower_bound_usd);
    }
  }
}

class NestedCheckerTest : public ::testing::Test {
 protected:
  NestedCheckerTest() : fleet_(FeederFleet(300, 50, 24)), schedule_(Solved(fleet_)) {}

  Fleet fleet_;
  FleetSchedule schedule_;
};

TEST_F(NestedCheckerTest, RefusesAFeederBeyondItsLimit) {
  const Series& net = schedule_.regions[1].net_import_kw;
  for (std::size_t t = 0; t < net.size(); ++t) {
    fleet_.regions[1].import_limit_kw[t] = 0.99 * std::max(net[t], 0.0);
    fleet_.regions[1].export_limit_kw[t] = 0.99 * std::max(-net[t], 0.0);
  }
  EXPECT_THAT(RulesBroken(fleet_, schedule_), ::testing::IsSupersetOf({"import_limit", "export_limit"}));
}

TEST_F(NestedCheckerTest, RefusesFlowsOfAFeederThatDoNotAddUp) {
  schedule_.regions[2].net_import_kw[3] += 1.0;
  EXPECT_THAT(RulesBroken(fleet_, schedule_), ::testing::ElementsAre("net_import"));
  schedule_.regions[2].net_import_kw[3] -= 1.0;
  schedule_.regions[2].shed_kw[3] += 1.0;  // shows in the feeder, in the root, and in the cost
  EXPECT_THAT(RulesBroken(fleet_, schedule_), ::testing::IsSupersetOf({"net_import", "cost"}));
}

TEST_F(NestedCheckerTest, RefusesABoundThatTheLimitPricesDoNotProve) {
  schedule_.lower_bound_usd += 1e-4 * schedule_.cost_usd;
  EXPECT_THAT(RulesBroken(fleet_, schedule_), ::testing::ElementsAre("lower_bound"));
}

TEST_F(NestedCheckerTest, AnyLimitPricesProveABoundButWrongOnesNotTheClaimedOne) {
  schedule_.prices[1].import_limit.assign(fleet_.intervals(), 0.5);
  const FleetCertificate certificate = CheckFleet(fleet_, schedule_, MultipliersOf(fleet_));
  EXPECT_LT(certificate.lower_bound_usd, schedule_.lower_bound_usd);
  EXPECT_THAT(RulesBroken(fleet_, schedule_), ::testing::ElementsAre("lower_bound"));
}

TEST_F(NestedCheckerTest, ReadsPricesOfTheWrongSignAsZero) {
  const double before = CheckFleet(fleet_, schedule_, MultipliersOf(fleet_)).lower_bound_usd;
  for (std::size_t t = 0; t < fleet_.intervals(); ++t) {
    if (schedule_.prices[1].import_limit.empty() || schedule_.prices[1].import_limit[t] > 0.0) continue;
    schedule_.prices[1].import_limit[t] = -0.5;
  }
  EXPECT_DOUBLE_EQ(CheckFleet(fleet_, schedule_, MultipliersOf(fleet_)).lower_bound_usd, before);
}

// Without one-way rules the exact solver's program is linear. Where that has a schedule, there is one with them too:
// charge and discharge at once become their difference, and what is full takes less.
absl::StatusOr<Solution> Optimum(Problem problem) {
  for (Device& device : problem.devices) {
    if (auto* storage = std::get_if<Storage>(&device.kind)) storage->one_direction = false;
  }
  return ExactSolver().Solve(problem, {.time_limit = absl::Seconds(10)});
}

bool GoesOneWay(const Solution& solution) {
  return std::all_of(solution.devices.begin(), solution.devices.end(), [](const DeviceSchedule& device) {
    for (std::size_t t = 0; t < device.charge_kw.size(); ++t) {
      if (std::min(device.charge_kw[t], device.discharge_kw[t]) > 1e-6) return false;
    }
    return true;
  });
}

TEST(NestingsTest, WhereThereIsAScheduleOneIsFoundAndItsGapIsBounded) {
  constexpr std::uint64_t kNestings = 300;
  std::vector<double> gaps;  // of what supplying all demand at 0.1 USD/kWh would cost, at least
  for (std::uint64_t seed = 1; seed <= kNestings; ++seed) {
    SCOPED_TRACE(seed);
    const Problem problem = testing::RandomNesting(seed);
    const auto optimum = Optimum(problem);
    const auto compiled = Compile(problem);
    ASSERT_EQ(compiled.status(), absl::OkStatus());
    if (!optimum.ok()) {
      EXPECT_EQ(base::ReasonOf(SolveFleet(compiled->fleet, {}).status()), "NO_SCHEDULE_FOUND");
      continue;
    }
    const FleetSchedule schedule = Solved(compiled->fleet);
    double size = std::abs(optimum->objective_usd());
    for (const Region& region : problem.regions) {
      for (double kw : region.demand_kw) size = std::max(size, 0.1 * problem.hours() * kw * problem.interval_count);
    }
    if (GoesOneWay(*optimum)) {
      EXPECT_LE(schedule.lower_bound_usd, optimum->objective_usd() + 1e-5 * (1.0 + size));
    }
    gaps.push_back((schedule.cost_usd - schedule.lower_bound_usd) / size);
  }
  ASSERT_GE(gaps.size(), 9 * kNestings / 10);
  std::sort(gaps.begin(), gaps.end());
  EXPECT_LE(gaps[gaps.size() / 2], 0.015);
  EXPECT_LE(gaps[gaps.size() * 9 / 10], 0.25);  // two dozen devices do not average out
}

TEST(NestingsTest, AtNoTimeAtAllThereIsAScheduleToo) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(seed);
    const Problem problem = testing::RandomNesting(seed);
    if (Optimum(problem).ok()) Solved(Compile(problem)->fleet, {.time_limit = absl::ZeroDuration()});
  }
}

// Areas, feeders and must-take below a root; reserve, flattening, carbon and negative prices anywhere.
TEST(NestedSolverTest, IsJudgedByTheCheckerOfProblemsAndBracketsTheirOptimum) {
  for (std::uint64_t seed = 1; seed <= 16; ++seed) {
    SCOPED_TRACE(seed);
    Problem problem = dispatch::testing::RandomProblem(
        seed, {.intervals = 12, .devices = 40, .nested_regions = true, .negative_prices = seed % 2 == 0});
    for (Device& device : problem.devices) {
      if (auto* storage = std::get_if<Storage>(&device.kind)) storage->one_direction = true;
    }
    const auto solution = SapcSolver().Solve(problem, {});
    ASSERT_EQ(solution.status(), absl::OkStatus());
    const Certificate certificate = Check(problem, *solution);
    EXPECT_TRUE(certificate.valid()) << certificate.defects[0].rule << " " << certificate.defects[0].sentence;
    const auto exact = ExactSolver().Solve(problem, {.time_limit = absl::Seconds(1), .relative_gap = 1e-5});
    ASSERT_EQ(exact.status(), absl::OkStatus());
    const double rounding = 1e-4 * (1.0 + std::abs(exact->objective_usd()));
    EXPECT_LE(certificate.lower_bound_usd, exact->objective_usd() + rounding);
    EXPECT_GE(solution->objective_usd(), exact->lower_bound_usd - rounding);
  }
}

TEST(NestedSolverTest, NamesTheFeederWhoseLimitBinds) {
  Problem problem = testing::ProblemOf(FeederFleet(200, 50, 24));
  Region& feeder = problem.regions[1];
  for (double& kw : feeder.export_limit_kw) kw = 1.0;
  const auto solution = SapcSolver().Solve(problem, {});
  ASSERT_EQ(solution.status(), absl::OkStatus());
  EXPECT_TRUE(Check(problem, *solution).valid());
  EXPECT_THAT(solution->binding,
              ::testing::Contains(::testing::AllOf(::testing::Field(&BindingConstraint::name, "export_limit"),
                                                   ::testing::Field(&BindingConstraint::subject, feeder.id))));
}

}  // namespace
}  // namespace derms::dispatch::fleet
