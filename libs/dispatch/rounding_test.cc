// Whatever a relaxation says, the patterns made of it keep the rules of every unit.
#include "libs/dispatch/rounding.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/dispatch/accounting.h"
#include "libs/dispatch/testing/random_problem.h"
#include "libs/dispatch/testing/solved.h"

namespace derms::dispatch {
namespace {

using ::testing::AnyOf;
using ::testing::IsEmpty;

class Shares {
 public:
  explicit Shares(std::uint64_t seed) : state_(seed) {}
  double Next() {
    state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<double>(state_ >> 40) / (1 << 24);
  }

 private:
  std::uint64_t state_;
};

// Rules of units that the patterns break when outputs follow them as low as they can.
std::set<std::string> UnitRulesBroken(const Problem& problem, const OnPatterns& patterns) {
  const RegionTree tree(problem.regions);
  Solution solution = EmptySolution(problem);
  for (std::size_t i = 0; i < problem.devices.size(); ++i) {
    const auto* unit = std::get_if<Unit>(&problem.devices[i].kind);
    if (unit == nullptr || patterns[i].empty()) continue;
    solution.devices[i].on = patterns[i];
    solution.devices[i].power_kw = FollowOutputs(problem, *unit, patterns[i], Series(patterns[i].size(), 0.0));
  }
  CompleteSolution(problem, tree, solution);
  std::set<std::string> broken;
  for (const Defect& defect : Check(problem, solution).defects) {
    for (const Device& device : problem.devices) {
      if (device.id == defect.subject && std::holds_alternative<Unit>(device.kind)) broken.insert(defect.rule);
    }
  }
  return broken;
}

testing::RandomShape Units() {
  return {.intervals = 16, .devices = 12, .committable_units = true, .unit_times = true, .budgets = true};
}

TEST(Rounding, KeepsTheRulesOfUnitsWhateverTheSharesAre) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE(seed);
    const Problem problem = testing::RandomProblem(seed, Units());
    const RegionTree tree(problem.regions);
    const LpModel model = BuildLpModel(problem, tree);
    Shares shares(seed);
    std::vector<double> x(static_cast<std::size_t>(model.program.columns()));
    for (double& value : x) value = shares.Next();
    EXPECT_THAT(UnitRulesBroken(problem, NearestPatterns(problem, model, x)), IsEmpty());

    std::vector<Series> prices(problem.regions.size(), Series(16));
    for (Series& of_region : prices) {
      for (double& price : of_region) price = shares.Next() - 0.3;
    }
    EXPECT_THAT(UnitRulesBroken(problem, PricedPatterns(problem, model, prices)), IsEmpty());
  }
}

TEST(Rounding, ReturnsAPatternThatIsWholeAndFitsAsItIs) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE(seed);
    const Problem problem = testing::RandomProblem(seed, Units());
    const RegionTree tree(problem.regions);
    const LpModel model = BuildLpModel(problem, tree);
    const Solution solution = testing::Solved(problem, {.relative_gap = 1e-3});
    std::vector<double> x(static_cast<std::size_t>(model.program.columns()), 0.0);
    for (std::size_t i = 0; i < problem.devices.size(); ++i) {
      if (model.device_columns[i].on == kAbsent) continue;
      for (std::size_t t = 0; t < 16; ++t) {
        x[static_cast<std::size_t>(model.device_columns[i].on) + t] = solution.devices[i].on[t];
      }
    }
    const OnPatterns patterns = NearestPatterns(problem, model, x);
    for (std::size_t i = 0; i < patterns.size(); ++i) {
      EXPECT_THAT(patterns[i], AnyOf(IsEmpty(), solution.devices[i].on));
    }
  }
}

TEST(Rounding, GivesALoadTheIntervalsWithTheLargestShares) {
  Problem problem = testing::SingleRegion({0, 0, 0, 0, 0}, {0.1, 0.1, 0.1, 0.1, 0.1});
  FlexibleLoad wash;
  wash.energy_kwh = 4;
  wash.min_kw = wash.max_kw = 2;
  problem.devices.push_back({"WASH", 0, true, true, wash});
  const auto nearest = [&](const Series& shares) {
    const RegionTree tree(problem.regions);
    const LpModel model = BuildLpModel(problem, tree);
    std::vector<double> x(static_cast<std::size_t>(model.program.columns()), 0.0);
    for (std::size_t t = 0; t < 5; ++t) {
      x[static_cast<std::size_t>(model.device_columns[0].on) + t] = shares[t];
      x[static_cast<std::size_t>(model.device_columns[0].consumption) + t] = 2 * shares[t];
    }
    return NearestPatterns(problem, model, x)[0];
  };
  EXPECT_EQ(nearest({0.6, 0.0, 0.1, 0.5, 0.8}), (OnPattern{1, 0, 0, 0, 1}));
  std::get<FlexibleLoad>(problem.devices[0].kind).contiguous = true;
  EXPECT_EQ(nearest({0.6, 0.0, 0.1, 0.5, 0.8}), (OnPattern{0, 0, 0, 1, 1}));
  std::get<FlexibleLoad>(problem.devices[0].kind).undelivered_usd_per_kwh = 1.0;
  EXPECT_EQ(nearest({0.1, 0.0, 0.1, 0.1, 0.1}), (OnPattern{0, 0, 0, 0, 0}));
}

}  // namespace
}  // namespace derms::dispatch
