// Re-solving a fleet one step later: the promises of every solve hold for any warm start, good or bad.
#include "libs/dispatch/fleet/warm_start.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "libs/dispatch/exact.h"
#include "libs/dispatch/fleet/device_multipliers.h"
#include "libs/dispatch/fleet/sapc.h"
#include "libs/dispatch/fleet/testing/fleet_generator.h"
#include "libs/dispatch/fleet/testing/rolling_fleet.h"

namespace derms::dispatch::fleet {
namespace {

struct Step {
  FleetSchedule schedule;
  SapcReport report;
};

Step Solve(const Fleet& fleet, const SapcOptions& options, WarmStart* next = nullptr) {
  Step step;
  auto schedule = SolveFleet(fleet, options, &step.report, next);
  EXPECT_EQ(schedule.status(), absl::OkStatus());
  step.schedule = *std::move(schedule);
  const FleetCertificate judged = CheckFleet(fleet, step.schedule, MultipliersOf(fleet));
  EXPECT_TRUE(judged.valid()) << judged.defects[0].rule << " " << judged.defects[0].subject;
  return step;
}

Fleet SmallFleet(const char* profile, std::size_t devices, int intervals, int regions = 1) {
  testing::FleetShape shape = *testing::ShapeOfProfile(profile);
  shape.devices = devices;
  shape.intervals = intervals;
  shape.regions = regions;
  return testing::GenerateFleet(shape);
}

TEST(WarmStart, BracketsTheOptimumOfEveryLaterFleet) {
  for (const char* profile : {"default", "storage55", "scarce", "ramp"}) {
    for (int passed : {0, 1, 3}) {
      SCOPED_TRACE(std::string(profile) + " " + std::to_string(passed));
      Fleet fleet = SmallFleet(profile, 120, 24);
      WarmStart warm;
      Step last = Solve(fleet, {}, &warm);
      for (std::uint64_t step = 1; step <= 3; ++step) {
        fleet = testing::LaterFleet(fleet, last.schedule, passed, step);
        warm.intervals_passed = passed;
        // Whatever the re-solve is worth stays: nothing is solved from scratch.
        last = Solve(fleet, {.warm = &warm, .rolling = {.relative_gap = 1.0}}, &warm);
        EXPECT_EQ(last.report.resumed_regions, 1);
        const auto exact = ExactSolver().Solve(testing::ProblemOf(fleet), {.time_limit = absl::Minutes(2)});
        ASSERT_EQ(exact.status(), absl::OkStatus());
        const double optimum = exact->objective_usd(), rounding = 1e-5 * optimum;
        EXPECT_LE(last.schedule.lower_bound_usd, optimum + rounding);
        EXPECT_GE(last.schedule.cost_usd, optimum - rounding);
      }
    }
  }
}

TEST(WarmStart, KeepsTheGapOverManySteps) {
  for (int passed : {0, 1}) {
    Fleet fleet = SmallFleet("default", 4000, 96);
    WarmStart warm;
    Step last = Solve(fleet, {}, &warm);
    for (std::uint64_t step = 1; step <= 4; ++step) {
      fleet = testing::LaterFleet(fleet, last.schedule, passed, step);
      warm.intervals_passed = passed;
      last = Solve(fleet, {.warm = &warm}, &warm);
      EXPECT_LE(last.schedule.relative_gap(), WarmOptions{}.relative_gap);
    }
  }
}

// The sweep is the last thing that a re-solve does, so that all before it is the same with and without.
TEST(WarmStart, TheSweepNeverMakesAScheduleDearer) {
  double saved_share = 0.0;
  for (const char* profile : {"default", "storage55", "scarce", "ramp"}) {
    for (int passed : {0, 1}) {
      SCOPED_TRACE(std::string(profile) + " " + std::to_string(passed));
      const Fleet fleet = SmallFleet(profile, 2000, 48);
      WarmStart warm;
      const Step first = Solve(fleet, {}, &warm);
      warm.intervals_passed = passed;
      const Fleet later = testing::LaterFleet(fleet, first.schedule, passed, 1);
      WarmOptions swept{.relative_gap = 1.0}, unswept = swept;
      for (WarmPass* pass : {&unswept.same_horizon, &unswept.moved}) pass->swept = pass->fewest_swept = 0.0;
      const Step with = Solve(later, {.warm = &warm, .rolling = swept});
      const Step without = Solve(later, {.warm = &warm, .rolling = unswept});
      EXPECT_EQ(with.report.resumed_regions, 1);
      EXPECT_LE(with.schedule.cost_usd, without.schedule.cost_usd * (1 + 1e-9));
      saved_share += 1 - with.schedule.cost_usd / without.schedule.cost_usd;
    }
  }
  EXPECT_GT(saved_share, 1e-4) << "it does something";
}

TEST(WarmStart, IsTheSameForAnyNumberOfThreads) {
  const Fleet fleet = SmallFleet("default", 3000, 48, 3);
  WarmStart warm;
  const Step first = Solve(fleet, {}, &warm);
  const Fleet later = testing::LaterFleet(fleet, first.schedule, 1, 1);
  warm.intervals_passed = 1;
  const Step one = Solve(later, {.warm = &warm}), several = Solve(later, {.threads = 3, .warm = &warm});
  EXPECT_EQ(one.schedule.storage_kw, several.schedule.storage_kw);
  EXPECT_EQ(one.schedule.unit_kw, several.schedule.unit_kw);
  EXPECT_EQ(one.schedule.cost_usd, several.schedule.cost_usd);
  EXPECT_EQ(one.schedule.lower_bound_usd, several.schedule.lower_bound_usd);
}

TEST(WarmStart, OfAnotherFleetIsIgnored) {
  const Fleet fleet = SmallFleet("default", 600, 48), other = SmallFleet("default", 700, 48);
  WarmStart warm;
  Solve(other, {}, &warm);
  const Step cold = Solve(fleet, {}), ignoring = Solve(fleet, {.warm = &warm});
  EXPECT_EQ(ignoring.report.resumed_regions, 0);
  EXPECT_EQ(ignoring.schedule.cost_usd, cold.schedule.cost_usd);
}

TEST(WarmStart, ThatIsGarbageCostsQualityOnly) {
  const Fleet fleet = SmallFleet("default", 600, 48);
  WarmStart good;
  Solve(fleet, {}, &good);
  const auto spoil = [&](const auto& how) {
    WarmStart warm = good;
    how(warm);
    const Step step = Solve(fleet, {.warm = &warm});  // judged by the checker
    EXPECT_LE(step.schedule.relative_gap(), 0.02);
    EXPECT_LE(step.schedule.lower_bound_usd, step.schedule.cost_usd);
  };
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  spoil([](WarmStart& warm) { warm.intervals_passed = 48; });
  spoil([](WarmStart& warm) { warm.intervals_passed = -1; });
  spoil([](WarmStart& warm) { warm.intervals_passed = 20; });  // that many did not pass
  spoil([](WarmStart& warm) { warm.round = 4000000000U; });
  spoil([](WarmStart& warm) { warm.proof.prices[0].balance.assign(48, 1e30); });
  spoil([](WarmStart& warm) { warm.proof.prices[0].reserve_up.assign(3, 1.0); });
  spoil([](WarmStart& warm) { warm.proof.prices[0].balance[7] = std::numeric_limits<double>::quiet_NaN(); });
  spoil([](WarmStart& warm) { warm.proof = {}; });
  spoil([](WarmStart& warm) { warm.proof.stored_energy_usd_per_kwh.pop_back(); });
  spoil([](WarmStart& warm) { warm.proof.prices[0].peak.assign(48, -7.0); });
  spoil([](WarmStart& warm) { warm.bases.clear(); });
  spoil([](WarmStart& warm) { warm.bases[0].of_rows.pop_back(); });
  for (const auto status : std::initializer_list<std::uint8_t>{0, 1, 2, 3, 4, 5, 255}) {
    spoil([&](WarmStart& warm) {
      std::ranges::fill(warm.bases[0].of_columns, status);
      std::ranges::fill(warm.bases[0].of_rows, status);
    });
  }
  spoil([](WarmStart& warm) { warm.energy_kwh.assign(warm.energy_kwh.size(), -1e30F); });
  spoil([&](WarmStart& warm) { warm.energy_kwh.assign(warm.energy_kwh.size(), kNan); });
  for (float value : {0.0F, 1e6F, -1e30F, kNan, std::numeric_limits<float>::infinity()}) {
    spoil([&](WarmStart& warm) { warm.storage_kw.assign(warm.storage_kw.size(), value); });
    spoil([&](WarmStart& warm) { warm.unit_kw.assign(warm.unit_kw.size(), value); });
    spoil([&](WarmStart& warm) { warm.hydro_kw.assign(warm.hydro_kw.size(), value); });
    spoil([&](WarmStart& warm) { std::ranges::fill(warm.proof.stored_energy_usd_per_kwh, value); });
    spoil([&](WarmStart& warm) { std::ranges::fill(warm.proof.ramp_usd_per_kw, value); });
    spoil([&](WarmStart& warm) { std::ranges::fill(warm.proof.water_usd_per_kwh, value); });
  }
}

// What makes a re-solve cheap: the bound is read off the last proof, without an answer of every device.
TEST(WarmStart, ProvesNewerForecastsByTheLastProof) {
  const Fleet fleet = SmallFleet("default", 4000, 96);
  WarmStart warm;
  const Step first = Solve(fleet, {}, &warm);
  const KeptProof proof = warm.proof;
  const Fleet later = testing::LaterFleet(fleet, first.schedule, 0, 1);
  const SapcOptions rolling{.warm = &warm, .rolling = {.relative_gap = 1.0}};  // any bound is enough
  const Step kept = Solve(later, rolling, &warm);
  EXPECT_EQ(kept.schedule.prices[0].balance, first.schedule.prices[0].balance);
  EXPECT_EQ(warm.proof.stored_energy_usd_per_kwh, proof.stored_energy_usd_per_kwh);
  // It loses next to nothing: the values prove what every device's own answer to the same prices proves.
  const FleetCertificate judged = CheckFleet(later, kept.schedule, MultipliersOf(later));
  EXPECT_LE(kept.schedule.lower_bound_usd, judged.lower_bound_usd);
  EXPECT_GE(kept.schedule.lower_bound_usd, judged.lower_bound_usd - 1e-4 * kept.schedule.cost_usd);
}

// On a moved horizon prices are kept up to where the new end reaches, and only the tail is asked again.
TEST(WarmStart, ProvesAMovedHorizonByTheLastProofAndATail) {
  const Fleet fleet = SmallFleet("default", 4000, 96);
  WarmStart warm;
  const Step first = Solve(fleet, {}, &warm);
  const Fleet later = testing::LaterFleet(fleet, first.schedule, 1, 1);
  warm.intervals_passed = 1;
  const Step moved = Solve(later, {.warm = &warm, .rolling = {.relative_gap = 1.0}}, &warm);
  for (std::size_t t = 0; t < 40; ++t) {
    EXPECT_EQ(moved.schedule.prices[0].balance[t], first.schedule.prices[0].balance[t + 1]);
  }
  EXPECT_EQ(warm.proof.prices[0].balance, moved.schedule.prices[0].balance);
  // Hardly less than what every device's own answer to those prices proves.
  const FleetCertificate judged = CheckFleet(later, moved.schedule, MultipliersOf(later));
  EXPECT_LE(moved.schedule.lower_bound_usd, judged.lower_bound_usd);
  EXPECT_GE(moved.schedule.lower_bound_usd, judged.lower_bound_usd - 3e-4 * moved.schedule.cost_usd);
}

TEST(WarmStart, StartsTheSurrogateWhereTheLastOneEnded) {
  const Fleet fleet = SmallFleet("default", 4000, 96);
  for (int passed : {0, 1}) {
    WarmStart warm;
    const Step first = Solve(fleet, {}, &warm);
    const Fleet later = testing::LaterFleet(fleet, first.schedule, passed, 1);
    warm.intervals_passed = passed;
    WarmStart without = warm;
    without.bases.clear();
    const Step from_basis = Solve(later, {.warm = &warm, .rolling = {.relative_gap = 1.0}});
    const Step from_none = Solve(later, {.warm = &without, .rolling = {.relative_gap = 1.0}});
    EXPECT_LT(from_basis.report.simplex_iterations, from_none.report.simplex_iterations - 500);
  }
}

TEST(WarmStart, AnswersWhenThereIsNoTime) {
  const Fleet fleet = SmallFleet("default", 3000, 96, 2);
  WarmStart warm;
  const Step first = Solve(fleet, {}, &warm);
  const Fleet later = testing::LaterFleet(fleet, first.schedule, 1, 1);
  warm.intervals_passed = 1;
  for (int milliseconds : {0, 1, 5, 20, 40, 80}) {
    Solve(later, {.time_limit = absl::Milliseconds(milliseconds), .warm = &warm});
  }
}

}  // namespace
}  // namespace derms::dispatch::fleet
