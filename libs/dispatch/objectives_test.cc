#include "libs/dispatch/objectives.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/base/error.h"
#include "libs/dispatch/greedy_carbon.h"
#include "libs/dispatch/portfolio.h"
#include "libs/dispatch/testing/random_problem.h"
#include "libs/dispatch/validate.h"

namespace derms::dispatch {
namespace {

using ::testing::DoubleEq;
using ::testing::ElementsAre;

// Mean import price 0.2; 100 kW of sun in a part of the area.
Problem SunnyArea() {
  Problem problem = testing::SingleRegion({1000, 500}, {0.1, 0.3});
  Region part;
  part.id = "SOUTH";
  part.parent = 0;
  problem.regions.push_back(part);
  testing::AddRenewable(problem, "SUN", {100, 0}).region = 1;
  return problem;
}

const Renewable& Sun(const Problem& problem) {
  return std::get<Renewable>(problem.devices[0].kind);
}

TEST(Objectives, CostAloneChangesNothing) {
  Problem problem = SunnyArea();
  ASSERT_EQ(ApplyObjectives({}, {}, problem), absl::OkStatus());
  EXPECT_EQ(Sun(problem).curtailment_price_usd_per_kwh, 0);
  EXPECT_TRUE(problem.regions[0].reserve_up_kw.empty());
  EXPECT_EQ(problem.regions[0].peak_charge_usd_per_kw, 0);
  EXPECT_EQ(problem.reserve_up_price_usd_per_kwh, Problem{}.reserve_up_price_usd_per_kwh);
}

TEST(Objectives, RenewableIsACurtailmentPriceInMeanPricesByWeight) {
  Problem problem = SunnyArea();
  ASSERT_EQ(ApplyObjectives({.cost = 2, .renewable = 1}, {}, problem), absl::OkStatus());
  EXPECT_DOUBLE_EQ(Sun(problem).curtailment_price_usd_per_kwh, 0.5 * 0.2);
}

TEST(Objectives, RenewableWithoutCostStaysBelowTheOverGenerationPrice) {
  Problem problem = SunnyArea();
  ASSERT_EQ(ApplyObjectives({.cost = 0, .renewable = 1}, {}, problem), absl::OkStatus());
  EXPECT_DOUBLE_EQ(Sun(problem).curtailment_price_usd_per_kwh, 0.25 * 2.0);
}

TEST(Objectives, StabilityIsHeadroomUpAndDownAtAPrice) {
  Problem problem = SunnyArea();
  ASSERT_EQ(ApplyObjectives({.cost = 1, .stability = 0.1}, {}, problem), absl::OkStatus());
  EXPECT_THAT(problem.regions[0].reserve_up_kw, ElementsAre(DoubleEq(90), DoubleEq(40)));
  EXPECT_EQ(problem.regions[0].reserve_down_kw, problem.regions[0].reserve_up_kw);
  EXPECT_TRUE(problem.regions[1].reserve_up_kw.empty());
  EXPECT_DOUBLE_EQ(problem.reserve_up_price_usd_per_kwh, 0.1 * 5 * 0.2);
  EXPECT_DOUBLE_EQ(problem.reserve_down_price_usd_per_kwh, 0.1 * 5 * 0.2);
}

TEST(Objectives, StabilityKeepsTheReserveThatWasAskedForAlready) {
  Problem problem = SunnyArea();
  problem.regions[0].reserve_up_kw = {50, 50};
  ASSERT_EQ(ApplyObjectives({.cost = 1, .stability = 0.1}, {}, problem), absl::OkStatus());
  EXPECT_THAT(problem.regions[0].reserve_up_kw, ElementsAre(DoubleEq(90), DoubleEq(50)));
  EXPECT_DOUBLE_EQ(problem.reserve_up_price_usd_per_kwh, 1.0);
}

TEST(Objectives, LoadBalanceIsAPeakChargeAndAFlatteningPrice) {
  Problem problem = SunnyArea();
  ASSERT_EQ(ApplyObjectives({.cost = 1, .load_balance = 0.5}, {}, problem), absl::OkStatus());
  EXPECT_DOUBLE_EQ(problem.regions[0].peak_charge_usd_per_kw, std::min(0.5 * 6 * 0.2, 0.25 * 2.0));
  EXPECT_DOUBLE_EQ(problem.regions[0].flattening_usd_per_kwh, 0.5 * 0.5 * 0.2);
  EXPECT_EQ(problem.regions[1].peak_charge_usd_per_kw, 0);
}

TEST(Objectives, CarbonIsAPriceOfWhatIsEmitted) {
  Problem problem = SunnyArea();
  problem.regions[0].carbon_of_import_kg_per_kwh = {0.2, 0.6};
  problem.carbon_price_usd_per_kg = 0.1;
  ASSERT_EQ(ApplyObjectives({.cost = 1, .carbon = 0.5}, {}, problem), absl::OkStatus());
  EXPECT_DOUBLE_EQ(problem.carbon_price_usd_per_kg, 0.1 + 0.5 * 0.2 / 0.4);
  ASSERT_EQ(ApplyObjectives({.cost = 0, .carbon = 1}, {}, problem), absl::OkStatus());
  EXPECT_DOUBLE_EQ(problem.carbon_price_usd_per_kg, 0.35 + 0.25 * 10.0 / 0.6);  // never load shed for it
}

TEST(Objectives, CarbonWithoutAnySourceOfItChangesNothing) {
  Problem problem = SunnyArea();
  ASSERT_EQ(ApplyObjectives({.cost = 1, .carbon = 1}, {}, problem), absl::OkStatus());
  EXPECT_EQ(problem.carbon_price_usd_per_kg, 0);
  Unit unit;
  unit.max_kw = 10;
  unit.co2_kg_per_kwh = 0.5;
  problem.devices.push_back({"GAS", 0, true, true, unit});
  ASSERT_EQ(ApplyObjectives({.cost = 1, .carbon = 1}, {}, problem), absl::OkStatus());
  EXPECT_DOUBLE_EQ(problem.carbon_price_usd_per_kg, 0.2 / 0.4);
}

TEST(Objectives, MoreWeightOnCarbonNeverMeansMoreOfIt) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    double emitted_before = kUnlimited;
    for (double weight : {0.0, 0.3, 3.0}) {
      Problem problem = testing::RandomProblem(seed, {.preferences = false});
      ASSERT_EQ(ApplyObjectives({.carbon = weight}, {}, problem), absl::OkStatus());
      const Solution solution = MakePortfolio()->Solve(problem, {}).value();
      problem.carbon_cap_kg = 0.0;
      const double emitted = EmittedKg(problem, solution);
      EXPECT_LE(emitted, emitted_before + 1e-4);
      emitted_before = emitted;
    }
  }
}

TEST(Objectives, RefusesWeightsThatMeanNothing) {
  Problem problem = SunnyArea();
  for (const ObjectiveWeights& weights :
       {ObjectiveWeights{.cost = -1}, ObjectiveWeights{.cost = 0}, ObjectiveWeights{.renewable = kUnlimited}}) {
    EXPECT_EQ(base::ReasonOf(ApplyObjectives(weights, {}, problem)), "INVALID_OBJECTIVES");
  }
}

TEST(Objectives, MoreWeightOnRenewablesNeverMeansMoreCurtailment) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    double curtailed_before = kUnlimited;
    for (double weight : {0.0, 0.3, 3.0}) {
      Problem problem = testing::RandomProblem(seed, {.reserve = false, .preferences = false});
      ASSERT_EQ(ApplyObjectives({.renewable = weight}, {}, problem), absl::OkStatus());
      const Solution solution = MakePortfolio()->Solve(problem, {}).value();
      double curtailed = 0;
      for (const DeviceSchedule& device : solution.devices) {
        for (double kw : device.curtailed_kw) curtailed += kw;
      }
      EXPECT_LE(curtailed, curtailed_before + 1e-5);
      curtailed_before = curtailed;
    }
  }
}

}  // namespace
}  // namespace derms::dispatch
