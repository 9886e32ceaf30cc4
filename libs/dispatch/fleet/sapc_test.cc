// The fleet engine's promises: bound below optimum below cost, judged by independent arithmetic; the same for any
// number of threads; an answer at every deadline.
#include "libs/dispatch/fleet/sapc.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/base/error.h"
#include "libs/dispatch/checker.h"
#include "libs/dispatch/exact.h"
#include "libs/dispatch/fleet/device_multipliers.h"
#include "libs/dispatch/fleet/sapc_solver.h"
#include "libs/dispatch/fleet/testing/fleet_generator.h"
#include "libs/dispatch/testing/random_problem.h"

namespace derms::dispatch::fleet {
namespace {

constexpr const char* kProfiles[] = {"default",   "catalogue", "storage55", "peak2", "scarce",
                                     "reserve35", "sustain",   "flat",      "ramp",  "identical"};

std::string Words(const FleetCertificate& certificate) {
  std::string words;
  for (const FleetDefect& defect : certificate.defects) {
    words += defect.rule + " " + defect.subject + "[" + std::to_string(defect.interval) +
             "]: " + std::to_string(defect.amount) + "\n";
  }
  return words;
}

testing::FleetShape ShapeOf(const char* profile, std::size_t devices, int intervals, int regions = 1) {
  testing::FleetShape shape = *testing::ShapeOfProfile(profile);
  shape.devices = devices;
  shape.intervals = intervals;
  shape.regions = regions;
  return shape;
}

FleetSchedule Solved(const Fleet& fleet, const SapcOptions& options = {}) {
  auto schedule = SolveFleet(fleet, options);
  EXPECT_EQ(schedule.status(), absl::OkStatus());
  EXPECT_EQ(Words(CheckFleet(fleet, *schedule, MultipliersOf(fleet))), "");
  return *std::move(schedule);
}

TEST(Sapc, BracketsTheOptimumOfEveryProfile) {
  for (const char* profile : kProfiles) {
    for (int intervals : {24, 48}) {
      SCOPED_TRACE(std::string(profile) + " " + std::to_string(intervals));
      const Fleet fleet = testing::GenerateFleet(ShapeOf(profile, 120, intervals));
      const FleetSchedule schedule = Solved(fleet);
      const auto exact = ExactSolver().Solve(testing::ProblemOf(fleet), {.time_limit = absl::Minutes(2)});
      ASSERT_EQ(exact.status(), absl::OkStatus());
      const double optimum = exact->objective_usd(), rounding = 1e-5 * optimum;
      EXPECT_LE(schedule.lower_bound_usd, optimum + rounding);
      EXPECT_GE(schedule.cost_usd, optimum - rounding);
    }
  }
}

TEST(Sapc, IsWithinATenthOfAPercentOnAFleet) {
  const FleetSchedule schedule = Solved(testing::GenerateFleet(ShapeOf("default", 5000, 96)));
  EXPECT_LE(schedule.relative_gap(), 1.5e-3);
}

TEST(Sapc, BacksHeadroomByEnergyAtASmallGap) {
  testing::FleetShape shape = ShapeOf("sustain", 5000, 96);
  const SapcOptions unpolished{.relative_gap = 1.0};
  EXPECT_LE(Solved(testing::GenerateFleet(shape), unpolished).relative_gap(), 2.5e-3);
  // Backing it for longer costs more than any error here: it is not ignored.
  shape.reserve_hours = 0.0;
  const double by_power_usd = Solved(testing::GenerateFleet(shape), unpolished).cost_usd;
  shape.reserve_hours = 2.0;
  EXPECT_GT(Solved(testing::GenerateFleet(shape), unpolished).lower_bound_usd, by_power_usd);
}

TEST(Sapc, BacksHeadroomByEnergyAtAnyDeadlineAndForAnyNumberOfThreads) {
  const Fleet fleet = testing::GenerateFleet(ShapeOf("sustain", 1500, 48, 2));
  const FleetSchedule one = Solved(fleet);
  const FleetSchedule several = Solved(fleet, {.threads = 3});
  EXPECT_EQ(one.storage_kw, several.storage_kw);
  EXPECT_EQ(one.lower_bound_usd, several.lower_bound_usd);
  for (int milliseconds : {0, 10, 40, 80}) {
    SCOPED_TRACE(milliseconds);
    Solved(fleet, {.time_limit = absl::Milliseconds(milliseconds)});
  }
}

// A kept plan knows nothing of what its energy backs.
TEST(Sapc, BackedHeadroomIsSolvedFromScratchEachTime) {
  const Fleet fleet = testing::GenerateFleet(ShapeOf("sustain", 500, 24));
  WarmStart next;
  SapcReport report;
  const FleetSchedule first = *SolveFleet(fleet, {}, nullptr, &next);
  const FleetSchedule again = *SolveFleet(fleet, {.warm = &next}, &report);
  EXPECT_EQ(report.resumed_regions, 0);
  EXPECT_EQ(again.storage_kw, first.storage_kw);
}

// Units of one price that are the price of the region: all at once they would overshoot what is missing.
TEST(Sapc, IdenticalUnitsShareWhatIsMissing) {
  SapcReport report;
  const Fleet fleet = testing::GenerateFleet(ShapeOf("identical", 5000, 96));
  const FleetSchedule schedule = *SolveFleet(fleet, {.relative_gap = 1.0}, &report);
  EXPECT_EQ(report.polish_passes, 0);
  EXPECT_LE(schedule.relative_gap(), 2e-4);
}

TEST(Sapc, IsTheSameForAnyNumberOfThreads) {
  for (int regions : {1, 3}) {
    const Fleet fleet = testing::GenerateFleet(ShapeOf("default", 1500, 48, regions));
    const FleetSchedule one = Solved(fleet);
    for (int threads : {2, 3}) {
      const FleetSchedule several = Solved(fleet, {.threads = threads});
      EXPECT_EQ(one.storage_kw, several.storage_kw);
      EXPECT_EQ(one.unit_kw, several.unit_kw);
      EXPECT_EQ(one.hydro_kw, several.hydro_kw);
      EXPECT_EQ(one.cost_usd, several.cost_usd);
      EXPECT_EQ(one.lower_bound_usd, several.lower_bound_usd);
    }
  }
}

TEST(Sapc, AnswersWhenThereIsNoTime) {
  const Fleet fleet = testing::GenerateFleet(ShapeOf("default", 2000, 96, 2));
  SapcReport report;
  auto schedule = SolveFleet(fleet, {.time_limit = absl::ZeroDuration()}, &report);
  ASSERT_EQ(schedule.status(), absl::OkStatus());
  EXPECT_FALSE(report.finished);
  EXPECT_EQ(Words(CheckFleet(fleet, *schedule, MultipliersOf(fleet))), "");
  EXPECT_GT(schedule->relative_gap(), 0.0);
  EXPECT_LT(schedule->relative_gap(), 1.0);
}

TEST(Sapc, WhatADeadlineCutsShortAddsUp) {
  const Fleet fleet = testing::GenerateFleet(ShapeOf("default", 3000, 96, 2));
  for (int milliseconds : {1, 3, 10, 20, 30, 40, 60, 80, 120, 160}) {
    SCOPED_TRACE(milliseconds);
    Solved(fleet, {.time_limit = absl::Milliseconds(milliseconds)});
  }
}

TEST(Sapc, PolishOnlyLowersTheCost) {
  const Fleet fleet = testing::GenerateFleet(ShapeOf("scarce", 2000, 48));
  SapcReport report;
  const auto rough = SolveFleet(fleet, {.relative_gap = 1.0}, &report);
  EXPECT_EQ(report.polish_passes, 0);
  const FleetSchedule fine = Solved(fleet, {.relative_gap = 1e-5});
  EXPECT_LT(fine.cost_usd, rough->cost_usd);
}

TEST(Sapc, StopsWhenCancelled) {
  const Fleet fleet = testing::GenerateFleet(ShapeOf("default", 2000, 96));
  const std::atomic<bool> cancelled = true;
  const auto schedule = SolveFleet(fleet, {.cancelled = &cancelled});
  EXPECT_EQ(base::ReasonOf(schedule.status()), "CANCELLED");
}

TEST(Sapc, ReportsPhasesWithCostAboveBound) {
  const Fleet fleet = testing::GenerateFleet(ShapeOf("default", 500, 24));
  std::vector<std::string> phases;
  SapcOptions options;
  options.progress = [&](const SolveProgress& progress) {
    phases.emplace_back(progress.phase);
    EXPECT_LE(progress.lower_bound_usd, progress.best_cost_usd);
  };
  Solved(fleet, options);
  EXPECT_THAT(phases, ::testing::Contains("anchored"));
}

// Problems with everything the engine knows: must-take, losses, reserve both ways (some of it backed by energy),
// flattening, carbon, negative prices.
Problem RandomFleetProblem(std::uint64_t seed, bool negative_prices) {
  Problem problem = dispatch::testing::RandomProblem(
      seed, {.intervals = 12, .devices = 40, .nested_regions = false, .negative_prices = negative_prices});
  for (Device& device : problem.devices) {
    if (auto* storage = std::get_if<Storage>(&device.kind)) storage->one_direction = true;
  }
  if (seed % 3 == 0) problem.reserve_hours = 0.5 * static_cast<double>(1 + seed % 4);
  return problem;
}

TEST(SapcSolverTest, IsJudgedByTheCheckerOfProblemsAndBracketsTheirOptimum) {
  for (std::uint64_t seed = 1; seed <= 24; ++seed) {
    SCOPED_TRACE(seed);
    const Problem problem = RandomFleetProblem(seed, seed % 2 == 0);
    const auto solution = SapcSolver().Solve(problem, {});
    ASSERT_EQ(solution.status(), absl::OkStatus());
    const Certificate certificate = Check(problem, *solution);
    EXPECT_TRUE(certificate.valid()) << certificate.defects[0].rule << " " << certificate.defects[0].sentence;
    EXPECT_EQ(solution->bound_kind, BoundKind::kRecomputed);
    const auto exact = ExactSolver().Solve(problem, {.time_limit = absl::Seconds(2), .relative_gap = 1e-5});
    ASSERT_EQ(exact.status(), absl::OkStatus());
    const double rounding = 1e-4 * (1.0 + std::abs(exact->objective_usd()));
    EXPECT_LE(certificate.lower_bound_usd, exact->objective_usd() + rounding);
    EXPECT_GE(solution->objective_usd(), exact->lower_bound_usd - rounding);
  }
}

TEST(SapcSolverTest, NamesWhatItDoesNotKnow) {
  const auto refusal = [](const Problem& problem) {
    const auto solution = SapcSolver().Solve(problem, {});
    EXPECT_EQ(base::ReasonOf(solution.status()), "UNSUPPORTED_FEATURE");
    return std::string(solution.status().message());
  };
  Problem problem = dispatch::testing::SingleRegion({100, 100}, {0.1, 0.3});
  problem.devices = {dispatch::testing::Battery("BATT")};
  std::get<Storage>(problem.devices[0].kind).one_direction = false;
  EXPECT_THAT(refusal(problem), ::testing::HasSubstr("BATT"));

  Unit unit;
  unit.max_kw = 10;
  unit.committable = true;
  problem.devices = {{"PLANT", 0, true, true, unit}};
  EXPECT_THAT(refusal(problem), ::testing::HasSubstr("PLANT"));

  problem.devices.clear();
  problem.regions[0].export_price_usd_per_kwh = {0.2, 0.2};
  EXPECT_THAT(refusal(problem), ::testing::HasSubstr("export price"));

  problem = dispatch::testing::SingleRegion({100, 100}, {0.1, 0.3});
  problem.devices = {dispatch::testing::Battery("BATT")};
  problem.regions.push_back({.id = "CABLE", .parent = 0});
  problem.devices[0].region = 1;
  problem.regions[0].reserve_up_kw = {10, 10};
  problem.reserve_hours = 1;
  EXPECT_THAT(refusal(problem),
              ::testing::AllOf(::testing::HasSubstr("backed by energy"), ::testing::HasSubstr("CABLE")));
}

}  // namespace
}  // namespace derms::dispatch::fleet
