// Draws days that come out other than planned for a fleet and counts the intervals in which the reserve does not
// suffice: robust_days_test.cc at the fleet engine's size.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "libs/dispatch/checker.h"
#include "libs/dispatch/fleet/sapc_solver.h"
#include "libs/dispatch/fleet/testing/fleet_generator.h"
#include "libs/dispatch/robust_reserve.h"
#include "libs/dispatch/testing/drawn_days.h"

namespace derms::dispatch::fleet {
namespace {

constexpr int kDays = 200, kIntervals = 24;
constexpr double kConfidence = 0.95, kNormalQuantile = 1.959963985;  // of SideProbability(0.95)
constexpr dispatch::testing::DrawnErrors kErrors{.load_deviation = 0.12, .profile_deviation = 0.15};

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

struct Outcome {
  double cost_usd, gap, shortfall_rate;
};

Outcome SolvedBySapc(const Problem& problem) {
  const auto solution = SapcSolver().Solve(problem, {});
  EXPECT_EQ(solution.status(), absl::OkStatus());
  const Certificate certificate = Check(problem, *solution);
  EXPECT_TRUE(certificate.valid()) << certificate.defects[0].rule << " " << certificate.defects[0].sentence;
  EXPECT_EQ(solution->bound_kind, BoundKind::kRecomputed);
  return {solution->objective_usd(), solution->relative_gap(),
          dispatch::testing::ShortfallRate(problem, *solution, kErrors, kDays)};
}

Outcome WithReserve(double sustain_hours) {
  Problem problem = FleetProblem();
  RaiseReserve(dispatch::testing::KnownNeed(problem, kErrors, kNormalQuantile, sustain_hours), 0, problem);
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
