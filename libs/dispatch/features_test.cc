// The table of features: as documented, and true of the solvers.
#include "libs/dispatch/features.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/dispatch/exact.h"
#include "libs/dispatch/fleet/sapc_solver.h"
#include "libs/dispatch/greedy.h"
#include "libs/dispatch/testing/random_problem.h"
#include "libs/dispatch/testing/solved.h"

namespace derms::dispatch {
namespace {

using ::testing::Contains;
using ::testing::Field;
using ::testing::HasSubstr;

TEST(FeatureTable, StandsInTheDocuments) {
  std::ifstream file("docs/dispatch.md");
  std::stringstream text;
  text << file.rdbuf();
  for (const FeatureRow& row : FeatureTable()) {
    const std::string line = absl::StrCat("| ", row.name, " | ", Words(row.greedy), " | ", Words(row.lp), " | ",
                                          Words(row.milp), " | ", Words(row.fleet), " |");
    EXPECT_TRUE(absl::StrContains(text.str(), line)) << line;
  }
  EXPECT_TRUE(absl::StrContains(text.str(), "500,000 devices x intervals"));
  EXPECT_EQ(kMaxExactDeviceIntervals, 500'000U);
}

TEST(FeatureTable, HasEveryFeatureAtItsPlace) {
  int index = 0;
  for (const FeatureRow& row : FeatureTable()) {
    EXPECT_EQ(static_cast<int>(row.feature), index++);
    EXPECT_EQ(row.milp, Support::kExact);
  }
}

testing::RandomShape Everything() {
  return {.intervals = 10,
          .devices = 12,
          .committable_units = true,
          .storage_plans = true,
          .unit_times = true,
          .quadratic = true,
          .budgets = true,
          .flexible_loads = true,
          .carbon_cap = true};
}

TEST(FeaturesOf, SeesWhatRandomProblemsUse) {
  std::vector<int> seen(FeatureTable().size(), 0);
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    for (const FeatureUse& use : FeaturesOf(testing::RandomProblem(seed, Everything()))) {
      EXPECT_GE(use.count, 1);
      ++seen[static_cast<std::size_t>(use.feature)];
    }
  }
  for (const FeatureRow& row : FeatureTable()) {
    if (row.feature != Feature::kExportAboveImport) {  // prices of random problems leave no such chance
      EXPECT_GE(seen[static_cast<std::size_t>(row.feature)], 1) << row.name;
    }
  }
}

TEST(FeaturesOf, NamesTheFirstDeviceAndCounts) {
  Problem problem = testing::SingleRegion({1, 1}, {0.1, 0.1});
  problem.regions[0].export_price_usd_per_kwh = {0.0, 0.2};
  problem.devices = {testing::Battery("A"), testing::Battery("B"), testing::Battery("C")};
  for (std::size_t i : {1U, 2U}) std::get<Storage>(problem.devices[i].kind).targets = {{0, 10, kUnlimited}};
  const std::vector<FeatureUse> uses = FeaturesOf(problem);
  EXPECT_THAT(uses, Contains(::testing::AllOf(Field(&FeatureUse::feature, Feature::kEnergyTargets),
                                              Field(&FeatureUse::subject, "B"), Field(&FeatureUse::count, 2))));
  EXPECT_THAT(uses, Contains(Field(&FeatureUse::feature, Feature::kExportAboveImport)));
}

// What the table says of each solver, on one problem per feature set: greedy gives a schedule or gives up only where it
// may; the exact solver proves its optimum.
TEST(FeatureTable, IsTrueOfTheSolvers) {
  for (std::uint64_t seed = 100; seed < 120; ++seed) {
    SCOPED_TRACE(seed);
    const Problem problem = testing::RandomProblem(seed, Everything());
    bool may_give_up = false;
    for (const FeatureUse& use : FeaturesOf(problem)) {
      may_give_up = may_give_up || RowOf(use.feature).greedy == Support::kMayGiveUp;
    }
    const auto greedy = GreedySolver().Solve(problem, {});
    if (greedy.ok()) {
      EXPECT_THAT(Check(problem, *greedy).defects, ::testing::IsEmpty());
    } else {
      EXPECT_TRUE(may_give_up);
      EXPECT_EQ(base::ReasonOf(greedy.status()), "NO_SCHEDULE_FOUND");
    }
    const auto fleet = fleet::SapcSolver().Solve(problem, {});
    EXPECT_EQ(base::ReasonOf(fleet.status()), "UNSUPPORTED_FEATURE");  // everything has what it does not know
    EXPECT_EQ(testing::Solved(problem, {.relative_gap = 1e-4}).status, SolveStatus::kOptimal);
  }
}

// Each feature alone, in random problems of all kinds: the engine takes what the table says, and names the first it
// does not.
TEST(FeatureTable, IsTrueOfTheFleetEngine) {
  int taken = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    testing::RandomShape shape = {.intervals = 8, .devices = 15, .nested_regions = seed % 4 == 0};
    shape.storage_plans = seed % 5 == 0;
    shape.quadratic = seed % 7 == 0;
    shape.carbon_cap = seed % 11 == 0;
    const Problem problem = testing::RandomProblem(seed, shape);
    const char* unknown = nullptr;
    for (const FeatureUse& use : FeaturesOf(problem)) {
      if (unknown == nullptr && RowOf(use.feature).fleet == Support::kNo) unknown = RowOf(use.feature).name;
    }
    const auto solution = fleet::SapcSolver().Solve(problem, {});
    if (unknown == nullptr) {
      EXPECT_EQ(solution.status(), absl::OkStatus()) << seed;
      ++taken;
    } else {
      EXPECT_EQ(base::ReasonOf(solution.status()), "UNSUPPORTED_FEATURE") << seed;
      EXPECT_THAT(std::string(solution.status().message()), HasSubstr(unknown)) << seed;
    }
  }
  EXPECT_GE(taken, 5);
}

TEST(Size, CountsWhatMakesAModelLarge) {
  Problem problem = testing::SingleRegion(Series(24, 1.0), Series(24, 0.1));
  Unit unit;
  unit.max_kw = 1;
  problem.devices.push_back({"U", 0, true, true, unit});
  EXPECT_EQ(ModelSize(problem), 24U);
  std::get<Unit>(problem.devices[0].kind).quadratic_usd_per_kw2h = 1;
  EXPECT_EQ(ModelSize(problem), 6 * 24U);
  std::get<Unit>(problem.devices[0].kind).min_up_hours = 20;
  EXPECT_EQ(ModelSize(problem), 8 * 24U);
}

TEST(Size, ThatNoSolverTakesForSureIsRefusedByName) {
  // Greedy cannot meet the cap: a unit that must run emits too much. The exact solver does not take the size.
  Problem problem = testing::SingleRegion(Series(10000, 1.0), Series(10000, 0.1));
  problem.carbon_cap_kg = 1.0;
  Unit unit;
  unit.min_kw = unit.max_kw = 1;
  unit.co2_kg_per_kwh = 1;
  for (int i = 0; i < 51; ++i) problem.devices.push_back({absl::StrCat("U", i), 0, true, true, unit});
  const absl::Status refused = MakePortfolio()->Solve(problem, {}).status();
  EXPECT_EQ(base::ReasonOf(refused), "UNSUPPORTED_SIZE");
  EXPECT_THAT(base::ViolationsOf(refused),
              Contains(::testing::AllOf(Field(&base::FieldViolation::field, "carbon cap"),
                                        Field(&base::FieldViolation::description, HasSubstr("the problem")))));
}

}  // namespace
}  // namespace derms::dispatch
