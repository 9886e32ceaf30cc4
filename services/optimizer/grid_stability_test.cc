#include "services/optimizer/grid_stability.h"

#include <gmock/gmock.h>

#include <random>

#include "libs/dispatch/objectives.h"
#include "libs/dispatch/portfolio.h"
#include "services/optimizer/grid_need.h"

namespace derms::optimizer {
namespace {

using gridcode::GridConditions;
using ::testing::ElementsAre;

const Horizon kHorizon{absl::FromUnixSeconds(1594800000), absl::Hours(1), 3, absl::FromUnixSeconds(1594800000)};

// CA with the part NORTH, three hours; a battery of 100 kW in each that stands still.
class GridStabilityTest : public ::testing::Test {
 protected:
  GridStabilityTest() {
    built_.problem.interval_count = 3;
    built_.problem.regions.resize(2);
    built_.problem.regions[0].id = "CA";
    built_.problem.regions[0].demand_kw = {500, 500, 500};
    built_.problem.regions[0].import_price_usd_per_kwh = {0.1, 0.1, 0.1};
    built_.problem.regions[1].id = "NORTH";
    built_.problem.regions[1].parent = 0;
    for (int region : {0, 1}) {
      built_.problem.devices.push_back({.id = "BATTERY",
                                        .region = region,
                                        .kind = dispatch::Storage{.charge_max_kw = 100,
                                                                  .discharge_max_kw = 100,
                                                                  .energy_max_kwh = 400,
                                                                  .initial_energy_kwh = 200,
                                                                  .final_energy_min_kwh = 200}});
      built_.der_ids.push_back("BATTERY");
      solution_.devices.push_back({.power_kw = {0, 0, 0}, .state_of_charge_kwh = {200, 200, 200}});
    }
    built_.grid.apparent_kva = {100, 100};
    solution_.regions.resize(2);
    Expect({60, 60, 1, 1}, {60, 60, 1, 1});
  }

  void Expect(const GridConditions& area, const GridConditions& north) {
    std::vector<RegionConditions> conditions(2);
    conditions[0].by_interval.assign(3, area);
    conditions[1].by_interval.assign(3, north);
    FindGridNeed(conditions, built_);
  }
  std::vector<RegionStability> Judge() const { return StabilityOf(built_, solution_); }
  int Score(std::size_t region) const { return Judge()[region].scores[0]; }

  BuiltProblem built_;
  dispatch::Solution solution_;
};

TEST_F(GridStabilityTest, IsTenFarFromAllTrouble) {
  const auto all = Judge();
  EXPECT_THAT(all[0].scores, ElementsAre(10, 10, 10));
  EXPECT_THAT(all[1].scores, ElementsAre(10, 10, 10));
}

// The example of docs/dispatch.md.
TEST_F(GridStabilityTest, FollowsFromTheFourMargins) {
  Expect({59.5, 60, 0.95, 1}, {59.5, 60, 0.95, 1});
  built_.problem.regions[0].demand_kw = {2000, 2300, 2300};
  const RegionStability area = Judge()[0];
  const gridcode::StabilityMargins& margins = area.margins[0];
  EXPECT_NEAR(margins.frequency, 0.601, 5e-4) << "(59.5 - 58.8) / (59.964 - 58.8)";
  EXPECT_NEAR(margins.voltage, 0.7, 1e-9) << "(0.95 - 0.88) / (0.98 - 0.88)";
  EXPECT_NEAR(margins.reserve, 0.524, 5e-4) << "200 kW over twice 8 % of 2,000 kW and 30.9 kW of droop";
  EXPECT_NEAR(margins.ramp, 0.333, 5e-4) << "200 kW over twice 300 kW";
  EXPECT_EQ(area.scores[0], 5) << "1 + round(9 * (0.333 + 0.540) / 2)";
  EXPECT_NEAR(area.reactive_room_kvar[0], 88, 1e-9);
}

TEST_F(GridStabilityTest, APartHasItsOwnConditionsAndTheReserveOfTheArea) {
  Expect({60, 60, 1, 1}, {60, 60, 0.9, 1});
  EXPECT_EQ(Score(0), 10);
  EXPECT_LT(Score(1), 10);
  EXPECT_EQ(Judge()[1].margins[0].reserve, Judge()[0].margins[0].reserve);
}

TEST_F(GridStabilityTest, APartWithAFrequencyOfItsOwnNeedsItsOwnHeadroom) {
  Expect({60, 60, 1, 1}, {59.5, 60, 1, 1});
  solution_.devices[1].power_kw = {100, 100, 100};  // nothing left in NORTH
  const auto all = Judge();
  EXPECT_EQ(all[1].margins[0].reserve, 0);
  EXPECT_GT(all[0].margins[0].reserve, 0);
}

TEST_F(GridStabilityTest, AProblemWithoutKnownConditionsIsJudgedAsNominal) {
  built_.grid = {};
  EXPECT_EQ(Score(0), 10);
}

TEST_F(GridStabilityTest, TheSameScheduleNeverScoresHigherInAWorseGrid) {
  std::mt19937 random(7);
  std::uniform_real_distribution<double> unit(0, 1);
  for (int i = 0; i < 2000; ++i) {
    const double hz = 1.5 * unit(random), pu = 0.15 * unit(random);
    for (auto& schedule : solution_.devices) schedule.power_kw.assign(3, 200 * unit(random) - 100);
    const GridConditions better{60 - hz * unit(random), 60 + hz * unit(random), 1 - pu * unit(random),
                                1 + pu * unit(random)};
    GridConditions worse = better;
    worse.Include({60 - hz, 60 + hz, 1 - pu, 1 + pu});
    Expect(better, better);
    const int score = Score(0);
    Expect(worse, worse);
    EXPECT_LE(Score(0), score);
  }
}

TEST_F(GridStabilityTest, MoreHeadroomNeverScoresLower) {
  built_.problem.regions[0].demand_kw = {2000, 2300, 1900};
  Expect({59.5, 60.3, 0.97, 1}, {59.5, 60.3, 0.97, 1});
  int before = 0;
  for (double kw = 0; kw <= 1000; kw += 20) {
    auto& storage = std::get<dispatch::Storage>(built_.problem.devices[0].kind);
    storage = {.charge_max_kw = kw, .discharge_max_kw = kw, .energy_max_kwh = 4000, .initial_energy_kwh = 2000};
    solution_.devices[0].state_of_charge_kwh = {2000, 2000, 2000};
    EXPECT_GE(Score(0), before);
    before = Score(0);
  }
}

// From a fleet and the conditions through the builder and the solver to the score.
class WholeWayTest : public ::testing::Test {
 protected:
  WholeWayTest() {
    area_.region_id = "CA";
    area_.load_series_id = "load";
    area_.import_price_series_id = "price";
    input_.regions = {&area_};
    input_.horizon = {kHorizon.starts_at, absl::Hours(1), 6, kHorizon.starts_at};
    input_.now = kHorizon.starts_at;
    Series("load", domain::SeriesKind::kLoadKw, {600, 500, 550, 650, 600, 580});
    Series("price", domain::SeriesKind::kPriceUsdPerKwh, {0.05, 0.3, 0.1, 0.4, 0.2, 0.1});
    Series("sun", domain::SeriesKind::kAvailabilityShare, {0, 0.3, 0.8, 1, 0.6, 0.2});
    Add("BATTERY-1", domain::DerType::kBattery).parameters.energy_capacity_kwh = 400;
    Add("BATTERY-2", domain::DerType::kBattery).parameters.energy_capacity_kwh = 150;
    Add("CELL", domain::DerType::kFuelCell);
    Add("SUN", domain::DerType::kSolar).parameters.availability_series_id = "sun";
  }
  void Series(const std::string& id, domain::SeriesKind kind, std::vector<double> values) {
    input_.series[id] = {id, kind, kHorizon.starts_at, absl::Hours(1), std::move(values)};
  }
  domain::Der& Add(const std::string& id, domain::DerType type) {
    FleetMember& member = input_.fleet.emplace_back();
    member.der.der_id = id;
    member.der.type = type;
    member.der.capacity_kw = 100;
    member.der.region_id = "CA";
    member.status = domain::DerStatus::kOnline;
    return member.der;
  }
  struct Outcome {
    BuiltProblem built;
    dispatch::Solution solution;
    RegionStability area;
  };
  Outcome Run(const GridConditions& expected, bool asked) const {
    Outcome out{BuildProblem(input_).value(), {}, {}};
    std::vector<RegionConditions> conditions(1);
    conditions[0].by_interval.assign(6, expected);
    FindGridNeed(conditions, out.built);
    if (asked) LimitInverters(out.built);
    EXPECT_TRUE(dispatch::ApplyObjectives({.cost = 1, .stability = asked ? 1.0 : 0.0}, {}, out.built.problem).ok());
    if (asked) AskForHeadroom(out.built);
    out.solution = dispatch::MakePortfolio()->Solve(out.built.problem, {}).value();
    out.area = StabilityOf(out.built, out.solution)[0];
    return out;
  }

  domain::Region area_;
  ProblemInput input_;
};

TEST_F(WholeWayTest, AWorseGridNeverScoresHigher) {
  for (const bool asked : {false, true}) {
    int before = 10;
    for (const double off : {0.0, 0.1, 0.3, 0.5, 0.8, 1.1, 2.0}) {
      const Outcome out = Run({60 - off, 60 + off / 2, 1 - off / 15, 1}, asked);
      const int least = *std::min_element(out.area.scores.begin(), out.area.scores.end());
      EXPECT_LE(least, before) << off << " asked " << asked;
      before = least;
    }
    EXPECT_LE(before, 4) << "far outside the continuous range";
  }
}

TEST_F(WholeWayTest, ALowerFrequencyKeepsMoreHeadroomThanANominalOne) {
  const Outcome nominal = Run({60, 60, 1, 1}, true), low = Run({59.2, 60, 1, 1}, true);
  for (std::size_t t = 0; t < 6; ++t) {
    const double asked = low.built.problem.regions[0].reserve_up_kw[t];
    EXPECT_NEAR(asked - nominal.built.problem.regions[0].reserve_up_kw[t], 300 * (59.964 - 59.2) / 3, 1e-6);
    EXPECT_GE(low.area.supply.headroom_up_kw[t] + low.solution.regions[0].reserve_short_up_kw[t], asked - 1e-6);
  }
}

TEST_F(WholeWayTest, WhatIsNotAskedForCostsNothing) {
  const Outcome nominal = Run({60, 60, 1, 1}, false), low = Run({59.2, 60, 0.95, 1}, false);
  EXPECT_EQ(ProblemDigest(low.built.problem), ProblemDigest(nominal.built.problem));
  EXPECT_GT(low.built.grid.regions[0].need.up_kw[0], 0) << "but it is told";
}

TEST_F(GridStabilityTest, ARunTellsWhy) {
  Expect({59.5, 60, 0.95, 1}, {59.5, 60, 0.95, 1});
  built_.grid.regions[1].conditions.frequency = ConditionSource::kMeasured;
  built_.grid.regions[1].conditions.frequency_der_count = 7;
  built_.grid.asked = true;
  solution_.regions[0].reserve_up_price_usd_per_kw = {0.1, 0.2, 0.3};
  v1::GridStabilityReport report;
  ReportStability(built_, kHorizon, solution_, Judge(), report);
  EXPECT_TRUE(report.asked());
  ASSERT_EQ(report.regions_size(), 2);
  EXPECT_EQ(report.regions(0).region_id(), "CA");
  EXPECT_EQ(report.regions(0).frequency_source(), v1::GRID_CONDITION_SOURCE_NOMINAL);
  EXPECT_EQ(report.regions(1).frequency_source(), v1::GRID_CONDITION_SOURCE_MEASURED);
  EXPECT_EQ(report.regions(1).frequency_der_count(), 7);
  const v1::GridStability& at = report.regions(0).intervals(1);
  EXPECT_EQ(at.lowest_frequency_hz(), 59.5);
  EXPECT_NEAR(at.need_up_kw(), 30.93, 0.01);
  EXPECT_NEAR(at.need_inject_kvar(), 44, 1e-9);
  EXPECT_EQ(at.headroom_up_kw(), 200);
  EXPECT_EQ(at.price_up_usd_per_kw(), 0.2);
  EXPECT_FALSE(at.has_price_down_usd_per_kw());
  EXPECT_TRUE(at.has_reserve_margin() && at.has_ramp_margin() && at.has_voltage_margin());
  EXPECT_EQ(at.score(), Score(0));
  EXPECT_EQ(report.least_score(), std::min(Score(0), Score(1)));
}

TEST_F(GridStabilityTest, ARunListsAsManyRegionsAsFit) {
  Horizon horizon = kHorizon;
  horizon.interval_count = kMostStabilityIntervals - 1;
  for (RegionGrid& region : built_.grid.regions) {
    region.conditions.by_interval.resize(kMostStabilityIntervals);
    for (auto member : {&GridNeed::up_kw, &GridNeed::down_kw, &GridNeed::inject_kvar, &GridNeed::absorb_kvar}) {
      (region.need.*member).resize(kMostStabilityIntervals);
    }
  }
  v1::GridStabilityReport report;
  ReportGridNeed(built_, horizon, report);
  EXPECT_EQ(report.regions_size(), 1);
}

}  // namespace
}  // namespace derms::optimizer
