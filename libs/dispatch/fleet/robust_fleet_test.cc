// Draws days that come out other than planned for a fleet and counts the intervals in which the reserve does not
// suffice: robust_days_test.cc at the fleet engine's size.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "libs/dispatch/checker.h"
#include "libs/dispatch/fleet/sapc_solver.h"
#include "libs/dispatch/fleet/testing/fleet_generator.h"
#include "libs/dispatch/robust_reserve.h"
#include "libs/dispatch/testing/realised_day.h"

namespace derms::dispatch::fleet {
namespace {

constexpr int kDays = 200, kIntervals = 24;
constexpr double kConfidence = 0.95, kNormalQuantile = 1.959963985;  // of SideProbability(0.95)
constexpr double kLoadDeviation = 0.12;                              // standard deviation, share of the load
constexpr double kWeatherDeviation = 0.15;                           // likewise of each profile; all independent

// No reserve of its own; storage counts both ways.
Problem FleetProblem() {
  testing::FleetShape shape;
  shape.devices = 1000;
  shape.intervals = kIntervals;
  shape.reserve_down_of_demand = 0.01;
  Problem problem = testing::ProblemOf(testing::GenerateFleet(shape));
  problem.regions[0].reserve_up_kw.clear();
  problem.regions[0].reserve_down_kw.clear();
  return problem;
}

// Quantiles of the known distribution, source by source, combined by the rule for independent errors.
ReserveTerms KnownNeed(const Problem& problem, double sustain_hours) {
  const WeatherWeights weights = WeatherWeightsOf(problem, 0);
  ReserveTerms need{{}, {}, SecureUpPrice(problem), SecureDownPrice(problem), sustain_hours};
  for (std::size_t t = 0; t < kIntervals; ++t) {
    std::vector<double> up{kNormalQuantile * kLoadDeviation * problem.regions[0].demand_kw[t]}, down = up;
    for (std::size_t p = 0; p < problem.profiles.size(); ++p) {
      const double quantile = kNormalQuantile * kWeatherDeviation * problem.profiles[p][t];
      up.push_back(weights.up[p] * quantile);
      down.push_back(weights.down[p] * quantile);
    }
    need.up_kw.push_back(CombinedQuantile(up, ErrorDependence::kIndependent));
    need.down_kw.push_back(CombinedQuantile(down, ErrorDependence::kIndependent));
  }
  return need;
}

double ShortfallRate(const Problem& problem, const Solution& solution) {
  std::mt19937_64 random(20'200'715);
  std::normal_distribution<double> normal;
  int shortfalls = 0;
  for (int day = 0; day < kDays; ++day) {
    for (int t = 0; t < kIntervals; ++t) {
      const auto at = static_cast<std::size_t>(t);
      dispatch::testing::RealisedInterval realised;
      realised.demand_kw = problem.regions[0].demand_kw[at] * (1 + kLoadDeviation * normal(random));
      for (const Series& profile : problem.profiles) {
        realised.profiles.push_back(std::max(0.0, profile[at] * (1 + kWeatherDeviation * normal(random))));
      }
      shortfalls += dispatch::testing::BalanceOf(problem, solution, realised, t) != dispatch::testing::Balance::kKept;
    }
  }
  return static_cast<double>(shortfalls) / (kDays * kIntervals);
}

struct Outcome {
  double cost_usd, gap, shortfall_rate;
};

Outcome SolvedBySapc(const Problem& problem) {
  const auto solution = SapcSolver().Solve(problem, {});
  EXPECT_EQ(solution.status(), absl::OkStatus());
  const Certificate certificate = Check(problem, *solution);
  EXPECT_TRUE(certificate.valid()) << certificate.defects[0].rule << " " << certificate.defects[0].sentence;
  EXPECT_EQ(solution->bound_kind, BoundKind::kRecomputed);
  return {solution->objective_usd(), solution->relative_gap(), ShortfallRate(problem, *solution)};
}

Outcome WithReserve(double sustain_hours) {
  Problem problem = FleetProblem();
  RaiseReserve(KnownNeed(problem, sustain_hours), 0, problem);
  return SolvedBySapc(problem);
}

TEST(RobustFleet, ReserveBackedByEnergyFallsShortNoMoreThanItsConfidenceAllows) {
  constexpr double kAllowed = 1.0 - kConfidence;
  const double deviation = std::sqrt(kAllowed * kConfidence / (kDays * kIntervals));
  const Outcome backed = WithReserve(1.0), by_power = WithReserve(0.0), none = SolvedBySapc(FleetProblem());
  RecordProperty("backed", std::to_string(backed.shortfall_rate));
  RecordProperty("by_power", std::to_string(by_power.shortfall_rate));
  RecordProperty("none", std::to_string(none.shortfall_rate));
  RecordProperty("gap", std::to_string(backed.gap));
  RecordProperty("price_of_security_usd", std::to_string(backed.cost_usd - none.cost_usd));
  EXPECT_LE(backed.shortfall_rate, kAllowed + 3 * deviation);
  EXPECT_GT(by_power.shortfall_rate, 1.5 * backed.shortfall_rate) << "power alone does as well";
  EXPECT_GT(none.shortfall_rate, kAllowed + 3 * deviation);
  EXPECT_LE(backed.gap, 5e-3);
  EXPECT_GT(backed.cost_usd, none.cost_usd) << "security has a price";
}

}  // namespace
}  // namespace derms::dispatch::fleet
