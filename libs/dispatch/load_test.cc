// Flexible loads, shared connections and the carbon cap.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "libs/base/error.h"
#include "libs/dispatch/checker_parts.h"
#include "libs/dispatch/greedy.h"
#include "libs/dispatch/testing/random_problem.h"
#include "libs/dispatch/testing/solved.h"

namespace derms::dispatch {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using testing::Near;
using testing::RulesBroken;
using testing::Solved;

Problem WithLoad(const Series& prices, const FlexibleLoad& load) {
  Problem problem = testing::SingleRegion(Series(prices.size(), 0.0), prices);
  problem.devices.push_back({"CAR", 0, true, true, load});
  return problem;
}

TEST(FlexibleLoad, TakesItsEnergyWhenItIsCheapest) {
  FlexibleLoad car;
  car.energy_kwh = 25;
  car.max_kw = 10;
  const Problem problem = WithLoad({0.3, 0.1, 0.4, 0.2, 0.25}, car);
  const Solution solution = Solved(problem);
  EXPECT_THAT(solution.devices[0].power_kw, ElementsAre(Near(0), Near(-10), Near(0), Near(-10), Near(-5)));
  EXPECT_NEAR(solution.objective_usd(), 1 + 2 + 1.25, 1e-6);
  EXPECT_EQ(Solved(problem, {.time_limit = absl::ZeroDuration()}).objective_usd(), solution.objective_usd());
}

TEST(FlexibleLoad, RunsInsideItsWindowOnly) {
  FlexibleLoad car;
  car.energy_kwh = 10;
  car.max_kw = 10;
  car.window = {1, 3};
  EXPECT_THAT(Solved(WithLoad({0.1, 0.3, 0.4, 0.1}, car)).devices[0].power_kw,
              ElementsAre(Near(0), Near(-10), Near(0), Near(0)));
}

TEST(FlexibleLoad, WithoutAGapRunsInOnePiece) {
  FlexibleLoad wash;
  wash.energy_kwh = 6;
  wash.min_kw = wash.max_kw = 2;
  const Series prices = {0.1, 0.4, 0.1, 0.2, 0.3, 0.12};
  EXPECT_THAT(Solved(WithLoad(prices, wash)).devices[0].on, ElementsAre(1, 0, 1, 0, 0, 1));
  wash.contiguous = true;
  const Solution solution = Solved(WithLoad(prices, wash));
  EXPECT_THAT(solution.devices[0].on, ::testing::AnyOf(ElementsAre(1, 1, 1, 0, 0, 0), ElementsAre(0, 0, 1, 1, 1, 0)));
  EXPECT_NEAR(solution.objective_usd(), 1.2, 1e-6);
}

TEST(FlexibleLoad, GoesShortWhenItsEnergyIsWorthLessThanThePrice) {
  FlexibleLoad car;
  car.energy_kwh = 30;
  car.max_kw = 10;
  car.undelivered_usd_per_kwh = 0.25;
  const Solution solution = Solved(WithLoad({0.1, 0.3, 0.2, 0.4}, car));
  EXPECT_NEAR(solution.devices[0].undelivered_kwh, 10, 1e-6);
  EXPECT_NEAR(solution.cost.lost_load_usd, 2.5, 1e-6);
}

TEST(FlexibleLoad, IsTheBestOfAllPatterns) {
  std::uint64_t state = 5;
  const auto next = [&] {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<double>(state >> 40) / (1 << 24);
  };
  constexpr int kCount = 7;
  for (int round = 0; round < 60; ++round) {
    SCOPED_TRACE(round);
    Series prices(kCount);
    for (double& price : prices) price = next() < 0.2 ? 0.1 : next() * 0.4 - 0.1;
    FlexibleLoad load;
    load.max_kw = 10;
    load.min_kw = 4 + 6 * next() * (round % 3 == 0 ? 0 : 1);
    load.energy_kwh = 10 * (1 + static_cast<int>(next() * 3)) - (10 - load.min_kw) * next();
    load.contiguous = round % 2 == 0;
    if (round % 4 < 2) load.undelivered_usd_per_kwh = 0.3 * next();

    double best = kUnlimited;
    for (unsigned pattern = 0; pattern < 1U << kCount; ++pattern) {
      std::vector<double> on;
      int starts = 0;
      for (int t = 0; t < kCount; ++t) {
        if ((pattern >> t & 1U) == 0) continue;
        on.push_back(prices[static_cast<std::size_t>(t)]);
        starts += t == 0 || (pattern >> (t - 1) & 1U) == 0 ? 1 : 0;
      }
      if (load.contiguous && starts > 1) continue;
      // All at the minimum, then the cheapest up to the maximum while the price is below the value.
      double left = load.energy_kwh - load.min_kw * static_cast<double>(on.size()), usd = 0;
      if (left < -1e-9) continue;
      std::sort(on.begin(), on.end());
      for (double price : on) {
        usd += load.min_kw * price;
        const bool wanted = !load.undelivered_usd_per_kwh || price < *load.undelivered_usd_per_kwh;
        const double more = wanted ? std::clamp(left, 0.0, load.max_kw - load.min_kw) : 0.0;
        usd += more * price;
        left -= more;
      }
      if (left > 1e-9 && !load.undelivered_usd_per_kwh) continue;
      best = std::min(best, usd + std::max(left, 0.0) * load.undelivered_usd_per_kwh.value_or(0.0));
    }
    const Problem problem = WithLoad(prices, load);
    if (best == kUnlimited) {
      EXPECT_EQ(base::ReasonOf(MakePortfolio()->Solve(problem, {}).status()), "INFEASIBLE");
      continue;
    }
    const Solution solution = Solved(problem);
    EXPECT_NEAR(solution.objective_usd(), best, 1e-5);
    EXPECT_LE(solution.lower_bound_usd, best + 1e-6);
  }
}

TEST(FlexibleLoad, ThatBreaksARuleIsFoundByTheChecker) {
  FlexibleLoad wash;
  wash.energy_kwh = 4;
  wash.min_kw = wash.max_kw = 2;
  const Problem problem = WithLoad({0.1, 0.1, 0.2, 0.2}, wash);
  const Solution good = Solved(problem);
  const auto broken = [&](
                          void (*spoil)(Solution&), void (*change)(FlexibleLoad&) = [](FlexibleLoad&) {}) {
    Solution solution = good;
    Problem changed = problem;
    spoil(solution);
    change(std::get<FlexibleLoad>(changed.devices[0].kind));
    return RulesBroken(changed, solution);
  };
  const auto nothing = [](Solution&) {};
  EXPECT_THAT(broken([](Solution& s) { s.devices[0].power_kw[0] = -2.1; }), Contains("load_power"));
  EXPECT_THAT(broken([](Solution& s) { s.devices[0].power_kw[0] = -1.9; }), Contains("load_power"));
  EXPECT_THAT(broken([](Solution& s) { s.devices[0].power_kw[3] = -1; }), Contains("load_off"));
  EXPECT_THAT(broken([](Solution& s) { s.devices[0].undelivered_kwh = 1; }), Contains("undelivered"));
  EXPECT_THAT(broken([](Solution& s) { s.devices[0].undelivered_kwh = -1; }), Contains("undelivered"));
  EXPECT_THAT(broken([](Solution& s) { s.devices[0].on.pop_back(); }), Contains("shape"));
  EXPECT_THAT(broken(nothing, [](FlexibleLoad& l) { l.energy_kwh = 5; }), Contains("delivered_energy"));
  EXPECT_THAT(broken(nothing, [](FlexibleLoad& l) { l.window = {1, 4}; }), Contains("load_window"));
  EXPECT_THAT(broken(
                  [](Solution& s) {
                    s.devices[0].on = {1, 0, 1, 0};
                    s.devices[0].power_kw = {-2, 0, -2, 0};
                  },
                  [](FlexibleLoad& l) { l.contiguous = true; }),
              Contains("contiguous"));
  EXPECT_THAT(broken([](Solution& s) { s.cost.lost_load_usd += 0.1; }), Contains("cost"));
}

TEST(FlexibleLoad, ThatCannotGetItsEnergyIsRefusedInWords) {
  FlexibleLoad wash;
  wash.energy_kwh = 5;
  wash.min_kw = wash.max_kw = 2;
  EXPECT_THAT(MakePortfolio()->Solve(WithLoad({0.1, 0.1, 0.1, 0.1}, wash), {}).status().message(),
              HasSubstr("load CAR must get 5 kWh but whole intervals at 2 to 2 kW give at most 4 or at least 6 kWh"));
  wash.min_kw = 0;
  EXPECT_THAT(MakePortfolio()->Solve(WithLoad({0.1, 0.1}, wash), {}).status().message(),
              HasSubstr("must get 5 kWh in intervals 0 to 1 but can get 4 kWh"));
}

// A region without demand is the connection of the devices in it.
TEST(SharedConnection, IsARegionOfItsOwn) {
  Problem problem = testing::SingleRegion({100, 100}, {0.1, 0.3});
  Region inverter;
  inverter.id = "INVERTER";
  inverter.parent = 0;
  inverter.import_limit_kw = {60, 60};
  inverter.export_limit_kw = {70, 70};
  problem.regions.push_back(inverter);
  testing::AddRenewable(problem, "SUN", {0, 50}).region = 1;
  Device battery = testing::Battery("BATT");
  battery.region = 1;
  std::get<Storage>(battery.kind).final_energy_min_kwh = 200;
  problem.devices.push_back(battery);
  const Solution solution = Solved(problem);
  EXPECT_NEAR(solution.regions[1].net_import_kw[0], 60 - 60 + 20 / 0.81, 1e-5);  // what 20 kW later need
  EXPECT_NEAR(solution.regions[1].net_import_kw[1], -70, 1e-5);
  EXPECT_THAT(solution.binding, Contains(Field(&BindingConstraint::subject, "INVERTER")));
}

// Two sources: a dirty one at 0.05 USD/kWh and a clean one at 0.2 USD/kWh; imports at 0.1 USD/kWh in between.
Problem WithCap(std::optional<double> cap_kg) {
  Problem problem = testing::SingleRegion({100, 100}, {0.1, 0.1});
  problem.regions[0].carbon_of_import_kg_per_kwh = {0.4, 0.4};
  for (const auto& [id, price, kg] : {std::tuple{"COAL", 0.05, 1.0}, std::tuple{"HYDROGEN", 0.2, 0.0}}) {
    Unit unit;
    unit.max_kw = 60;
    unit.cost_pieces = {{60, price}};
    unit.co2_kg_per_kwh = kg;
    problem.devices.push_back({id, 0, true, true, unit});
  }
  problem.carbon_cap_kg = cap_kg;
  return problem;
}

TEST(CarbonCap, MovesOutputToWhatIsCheapestPerKgSaved) {
  EXPECT_NEAR(Solved(WithCap(std::nullopt)).objective_usd(), 2 * (60 * 0.05 + 40 * 0.1), 1e-6);  // emits 152 kg
  // Coal to imports saves 0.6 kg for 0.05 USD, imports to hydrogen 0.4 kg for 0.1 USD.
  const Solution solution = Solved(WithCap(100));
  EXPECT_NEAR(solution.objective_usd(), 14 + 52 / 0.6 * 0.05, 1e-5);
  EXPECT_NEAR(solution.multipliers.carbon_cap, 0.05 / 0.6, 1e-6);
  EXPECT_THAT(solution.binding, Contains(Field(&BindingConstraint::name, "carbon_cap")));
  EXPECT_LE(solution.relative_gap(), 1e-6);
}

TEST(CarbonCap, OnlyEverCostsAndOftenBinds) {
  int bound = 0;
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    SCOPED_TRACE(seed);
    Problem problem = testing::RandomProblem(seed, {.carbon_cap = true});
    const Solution capped = Solved(problem);
    problem.carbon_cap_kg.reset();
    EXPECT_GE(capped.objective_usd(), Solved(problem).objective_usd() - 1e-6);
    bound += capped.multipliers.carbon_cap > 1e-6 ? 1 : 0;
  }
  EXPECT_GE(bound, 4);
}

TEST(CarbonCap, IsKeptByGreedyAndByTheChecker) {
  const Solution greedy = Solved(WithCap(60), {.time_limit = absl::ZeroDuration()});
  EXPECT_EQ(greedy.solver, "greedy");
  EXPECT_THAT(RulesBroken(WithCap(60), Solved(WithCap(61))), Contains("carbon_cap"));
  // Without imports and coal, load is shed rather than the cap broken.
  EXPECT_NEAR(Solved(WithCap(0)).regions[0].shed_kw[0], 40, 1e-6);
}

TEST(CarbonCap, IsKeptByGreedyWhereUnitsThatReplaceDirtyImportsWouldBreakIt) {
  Problem problem = testing::SingleRegion({100}, {0.1});
  problem.regions[0].carbon_of_import_kg_per_kwh = {0.6};
  Unit unit;
  unit.max_kw = 500;
  unit.co2_kg_per_kwh = 0.3;
  unit.cost_pieces = {{500, 0.05}};
  problem.devices.push_back({"GAS", 0, true, true, unit});
  problem.carbon_cap_kg = 40;
  EXPECT_NEAR(Solved(problem, {.time_limit = absl::ZeroDuration()}).regions[0].shed_kw[0], 100 - 40 / 0.6, 1e-4);
  EXPECT_NEAR(Solved(problem).devices[0].power_kw[0], 100, 1e-4);  // 30 kg
}

}  // namespace
}  // namespace derms::dispatch
