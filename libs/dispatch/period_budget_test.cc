// Hydro with budgets of periods: what an hour is worth decides within a day, never from one day to the next.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "libs/base/error.h"
#include "libs/dispatch/conflict_words.h"
#include "libs/dispatch/exact.h"
#include "libs/dispatch/fleet/sapc_solver.h"
#include "libs/dispatch/greedy.h"
#include "libs/dispatch/relaxation.h"
#include "libs/dispatch/testing/random_problem.h"
#include "libs/dispatch/testing/solved.h"

namespace derms::dispatch {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using testing::Near;
using testing::Solved;

// Two days of two hours; the second is dearer throughout. 50 kW of water, 60 kWh for the first day, 70 for the second.
Problem TwoDays() {
  Problem problem = testing::SingleRegion({100, 100, 100, 100}, {0.1, 0.2, 0.4, 0.3});
  problem.profiles.push_back({50, 50, 50, 50});
  Hydro river;
  river.availability_kw.profile = 0;
  river.period_budgets = {{{0, 2}, 60}, {{2, 4}, 70}};
  problem.devices.push_back({"RIVER", 0, true, true, river});
  return problem;
}

Hydro& River(Problem& problem) {
  return std::get<Hydro>(problem.devices[0].kind);
}

TEST(PeriodBudget, IsSpentInItsOwnDay) {
  const Solution solution = Solved(TwoDays());
  EXPECT_THAT(solution.devices[0].power_kw, ElementsAre(Near(10), Near(50), Near(50), Near(20)));
  EXPECT_EQ(solution.bound_kind, BoundKind::kRecomputed);
  EXPECT_NEAR(solution.gap_usd(), 0, 1e-6);
  EXPECT_THAT(solution.multipliers.period_budget[0], ElementsAre(Near(0.1), Near(0.3)));
}

TEST(PeriodBudget, IsNamedByItsLastIntervalWhereItBinds) {
  const Solution solution = Solved(TwoDays());
  for (const auto& [last, price] : {std::pair{1, 0.1}, std::pair{3, 0.3}}) {
    EXPECT_THAT(solution.binding, Contains(AllOf(Field(&BindingConstraint::name, "period_budget"),
                                                 Field(&BindingConstraint::interval, last),
                                                 Field(&BindingConstraint::shadow_price_usd_per_kw, Near(price)))));
  }
}

TEST(PeriodBudget, HoldsBesideThatOfTheHorizon) {
  Problem problem = TwoDays();
  River(problem).energy_budget_kwh = 90;
  EXPECT_THAT(Solved(problem).devices[0].power_kw, ElementsAre(Near(0), Near(20), Near(50), Near(20)));
}

TEST(PeriodBudget, LeavesOtherIntervalsAlone) {
  Problem problem = TwoDays();
  River(problem).period_budgets.erase(River(problem).period_budgets.begin());
  EXPECT_THAT(Solved(problem).devices[0].power_kw, ElementsAre(Near(50), Near(50), Near(50), Near(20)));
}

TEST(PeriodBudget, IsKeptByTheGreedyScheduleToo) {
  Problem problem = TwoDays();
  River(problem).min_kw = 5;
  const auto greedy = GreedySolver().Solve(problem, {});
  ASSERT_EQ(greedy.status(), absl::OkStatus());
  EXPECT_THAT(Check(problem, *greedy).defects, ::testing::IsEmpty());
  EXPECT_THAT(greedy->devices[0].power_kw, ElementsAre(Near(10), Near(50), Near(50), Near(20)));
}

TEST(PeriodBudget, IsJudged) {
  Problem problem = TwoDays();
  const Solution solution = Solved(problem);
  River(problem).period_budgets[1].energy_kwh = 69;
  const Certificate certificate = Check(problem, solution);
  EXPECT_THAT(certificate.defects, Contains(AllOf(Field(&Defect::rule, "period_budget"), Field(&Defect::interval, 3),
                                                  Field(&Defect::amount, Near(1)))));
}

// Prices from another problem prove a bound, of those that are no prices only the rest.
TEST(PeriodBudget, AnyPricesProveABound) {
  const Problem problem = TwoDays();
  const Solution best = Solved(problem);
  for (const double price : {0.0, 0.05, 0.2, 1.0, -1.0, std::numeric_limits<double>::quiet_NaN()}) {
    Solution claimed = best;
    claimed.multipliers.period_budget[0] = {price};
    const double bound_usd = Check(problem, claimed).lower_bound_usd;
    EXPECT_LT(bound_usd, best.objective_usd() - 1e-3) << price;
    EXPECT_GT(bound_usd, best.objective_usd() - 200) << price;
  }
}

TEST(PeriodBudget, HasToBeOfTheHorizonInOrder) {
  const auto refusal = [](int first, int end, double kwh) {
    Problem problem = TwoDays();
    River(problem).period_budgets[1] = {{first, end}, kwh};
    const auto violations = base::ViolationsOf(Validate(problem));
    return violations.empty() ? "" : violations[0].field;
  };
  EXPECT_EQ(refusal(2, 4, 0), "");
  for (const auto& [first, end] : {std::pair{1, 4}, std::pair{3, 3}, std::pair{2, 5}, std::pair{-1, 4}}) {
    EXPECT_EQ(refusal(first, end, 70), "devices[RIVER].period_budgets[1].intervals") << first << " " << end;
  }
  EXPECT_EQ(refusal(2, 4, -1), "devices[RIVER].period_budgets[1].energy_kwh");
}

TEST(PeriodBudget, ThatTheMinimumAloneExceedsIsSaid) {
  Problem problem = TwoDays();
  River(problem).min_kw = 31;
  const auto violations = base::ViolationsOf(CheckReachability(problem));
  ASSERT_EQ(violations.size(), 1U);
  EXPECT_EQ(violations[0].description,
            "hydro RIVER needs 62 kWh for its minimum of 31 kW but has a budget of 60 kWh in intervals 0 to 1");
}

TEST(PeriodBudget, MayBeGivenUp) {
  Problem problem = TwoDays();
  River(problem).min_kw = 31;
  const auto solution = MakePortfolio()->Solve(problem, {.relax = true});
  ASSERT_EQ(solution.status(), absl::OkStatus());
  EXPECT_THAT(Check(problem, *solution, {.allow_relaxed = true}).defects, ::testing::IsEmpty());
  const auto relaxed = Relaxed(problem, {{"period_budget", "RIVER", 1, 2}});
  ASSERT_EQ(relaxed.status(), absl::OkStatus());
  EXPECT_THAT(Solved(*relaxed).devices[0].power_kw, ElementsAre(Near(31), Near(31), Near(39), Near(31)));
  EXPECT_EQ(base::ReasonOf(Relaxed(problem, {{"period_budget", "RIVER", 0, 2}}).status()), "INVALID_RELAXATION");
}

TEST(PeriodBudget, ThatConflictsIsNamedWithItsPeriod) {
  const std::vector<double> amounts = {2};
  const Requirement requirement{
      .name = std::string(kPeriodBudget), .subject = "RIVER", .interval = 1, .unit = "kWh", .amounts = {0}};
  const base::FieldViolation words = ConflictWords(TwoDays(), requirement, &amounts, std::nullopt);
  EXPECT_EQ(words.field, "devices[RIVER].period_budgets");
  EXPECT_THAT(words.description, HasSubstr("hydro RIVER may give in intervals 0 to 1 60 kWh but needs 62 kWh"));
}

// The fleet engine makes a plant of each period: the same plants, the same sum, the same proof.
TEST(PeriodBudget, IsKnownToTheFleetEngine) {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    SCOPED_TRACE(seed);
    Problem problem = testing::RandomProblem(
        seed, {.intervals = 12, .devices = 40, .nested_regions = seed % 3 == 0, .budgets = true});
    int periods = 0;
    for (Device& device : problem.devices) {
      if (auto* storage = std::get_if<Storage>(&device.kind)) storage->one_direction = true;
      if (auto* unit = std::get_if<Unit>(&device.kind)) unit->energy_budget_kwh.reset();
      if (auto* hydro = std::get_if<Hydro>(&device.kind); hydro != nullptr && !hydro->period_budgets.empty()) {
        hydro->energy_budget_kwh.reset();
        periods += static_cast<int>(hydro->period_budgets.size());
      }
    }
    ASSERT_GT(periods, 0);
    const auto solution = fleet::SapcSolver().Solve(problem, {});
    ASSERT_EQ(solution.status(), absl::OkStatus());
    const Certificate certificate = Check(problem, *solution);
    EXPECT_TRUE(certificate.valid()) << certificate.defects[0].rule << " " << certificate.defects[0].sentence;
    EXPECT_EQ(solution->bound_kind, BoundKind::kRecomputed);
    const auto exact = ExactSolver().Solve(problem, {.time_limit = absl::Seconds(10), .relative_gap = 1e-5});
    ASSERT_EQ(exact.status(), absl::OkStatus());
    EXPECT_LE(certificate.lower_bound_usd, exact->objective_usd() + 1e-4 * (1.0 + std::abs(exact->objective_usd())));
  }
}

// Many plants, so that the gap is small, and a dear second day: a budget over both would be spent there alone.
TEST(PeriodBudget, OfManyPlantsLeavesAFleetASmallGap) {
  Problem problem = testing::SingleRegion(Series(24, 40'000.0), Series(24, 0.0));
  for (std::size_t t = 0; t < 24; ++t) {
    problem.regions[0].import_price_usd_per_kwh[t] = (t < 14 ? 0.1 : 0.3) + 0.004 * static_cast<double>(t % 7);
  }
  problem.profiles.push_back(Series(24, 1.0));
  double most_kwh = 0;
  for (int i = 0; i < 400; ++i) {
    Hydro river;
    river.availability_kw = {.profile = 0, .scale = 20.0 + i % 37};
    river.period_budgets = {{{0, 14}, river.availability_kw.scale * (2.0 + i % 11)},
                            {{14, 24}, river.availability_kw.scale * (1.0 + i % 7)}};
    for (const PeriodBudget& budget : river.period_budgets) most_kwh += budget.energy_kwh;
    problem.devices.push_back({"RIVER-" + std::to_string(i), 0, true, true, river});
  }
  const auto solution = fleet::SapcSolver().Solve(problem, {});
  ASSERT_EQ(solution.status(), absl::OkStatus());
  EXPECT_THAT(Check(problem, *solution).defects, ::testing::IsEmpty());
  EXPECT_LE(solution->relative_gap(), 0.001);
  double given_kwh = 0;
  for (const DeviceSchedule& river : solution->devices) {
    for (const double kw : river.power_kw) given_kwh += kw;
  }
  EXPECT_NEAR(given_kwh, most_kwh, 0.001 * most_kwh) << "water is free";
}

TEST(PeriodBudget, WithAMinimumOrOneOfTheHorizonIsNotForTheFleetEngine) {
  const auto refusal = [](const Problem& problem) {
    const auto solution = fleet::SapcSolver().Solve(problem, {});
    EXPECT_EQ(base::ReasonOf(solution.status()), "UNSUPPORTED_FEATURE");
    return std::string(solution.status().message());
  };
  Problem problem = TwoDays();
  River(problem).min_kw = 1;
  EXPECT_THAT(refusal(problem), AllOf(HasSubstr("minimum output"), HasSubstr("RIVER")));
  River(problem).min_kw = 0;
  River(problem).energy_budget_kwh = 90;
  EXPECT_THAT(refusal(problem), AllOf(HasSubstr("beside one of the horizon"), HasSubstr("RIVER")));
}

}  // namespace
}  // namespace derms::dispatch
