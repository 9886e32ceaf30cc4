// What must hold for every solver on every problem, on random ones.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/base/error.h"
#include "libs/dispatch/checker.h"
#include "libs/dispatch/exact.h"
#include "libs/dispatch/greedy.h"
#include "libs/dispatch/portfolio.h"
#include "libs/dispatch/testing/random_problem.h"
#include "libs/dispatch/validate.h"

namespace derms::dispatch {
namespace {

using testing::RandomProblem;
using testing::RandomShape;

std::string Words(const Certificate& certificate) {
  std::string words;
  for (const Defect& defect : certificate.defects) {
    words += defect.rule + " " + defect.subject + "[" + std::to_string(defect.interval) + "] " + defect.sentence + "\n";
  }
  return words;
}

struct Case {
  const char* name;
  RandomShape shape;
  int problems;
};

class EverySolver : public ::testing::TestWithParam<Case> {};

TEST_P(EverySolver, ReturnsSchedulesThatPassTheCheckerAndBracketTheOptimum) {
  const SolveOptions options{.time_limit = absl::Minutes(5), .relative_gap = 1e-5};
  for (int seed = 1; seed <= GetParam().problems; ++seed) {
    SCOPED_TRACE(seed);
    const Problem problem = RandomProblem(static_cast<std::uint64_t>(seed), GetParam().shape);
    ASSERT_EQ(Validate(problem), absl::OkStatus());
    const auto greedy = GreedySolver().Solve(problem, options);
    // A carbon cap may be too tight for the simple rule; everything else it can always do on these problems.
    const bool gave_up = base::ReasonOf(greedy.status()) == "NO_SCHEDULE_FOUND" && GetParam().shape.carbon_cap;
    if (!gave_up) {
      ASSERT_EQ(greedy.status(), absl::OkStatus());
      EXPECT_EQ(Words(Check(problem, *greedy)), "");
    }

    const auto exact = ExactSolver().Solve(problem, options);
    ASSERT_EQ(exact.status(), absl::OkStatus());
    EXPECT_EQ(Words(Check(problem, *exact)), "");
    EXPECT_EQ(exact->status, SolveStatus::kOptimal);
    if (!gave_up) {
      EXPECT_LE(exact->objective_usd(), greedy->objective_usd() + 1e-6);
    }
    EXPECT_LE(exact->lower_bound_usd, exact->objective_usd() + 1e-6 * std::abs(exact->objective_usd()));
    EXPECT_LE(exact->relative_gap(), 2e-5);

    const auto chosen = MakePortfolio()->Solve(problem, options);
    ASSERT_EQ(chosen.status(), absl::OkStatus());
    EXPECT_EQ(chosen->notes, std::vector<std::string>{});
    EXPECT_NEAR(chosen->objective_usd(), exact->objective_usd(), 2e-5 * (1.0 + std::abs(exact->objective_usd())));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Random, EverySolver,
    ::testing::Values(Case{"Linear", {}, 60}, Case{"OneRegion", {.nested_regions = false, .preferences = false}, 30},
                      Case{"NegativePrices", {.negative_prices = true}, 25},
                      Case{"Committable", {.committable_units = true}, 20},
                      Case{"Everything", {.negative_prices = true, .committable_units = true}, 20},
                      Case{"StoragePlans", {.storage_plans = true}, 40},
                      Case{"UnitTimes", {.committable_units = true, .unit_times = true}, 20},
                      Case{"Quadratic", {.quadratic = true}, 20}, Case{"Budgets", {.budgets = true}, 20},
                      Case{"FlexibleLoads", {.flexible_loads = true}, 20}, Case{"CarbonCap", {.carbon_cap = true}, 20},
                      Case{"WholeProblem",
                           {.devices = 8,
                            .negative_prices = true,
                            .committable_units = true,
                            .storage_plans = true,
                            .unit_times = true,
                            .quadratic = true,
                            .budgets = true,
                            .flexible_loads = true,
                            .carbon_cap = true},
                           15},
                      Case{"Day", {.intervals = 24, .devices = 36}, 5}),
    [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace derms::dispatch
