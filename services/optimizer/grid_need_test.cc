#include "services/optimizer/grid_need.h"

#include <gmock/gmock.h>

#include <cmath>
#include <functional>

#include "libs/dispatch/objectives.h"
#include "libs/dispatch/portfolio.h"
#include "libs/dispatch/region_supply.h"
#include "libs/dispatch/validate.h"
#include "libs/gridcode/profile_shelf.h"

namespace derms::optimizer {
namespace {

using gridcode::GridConditions;
using ::testing::DoubleNear;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr double kUpShare = 0.15466667;  // of the default droop at 59.5 Hz: 0.464 / (60 * 0.05)
constexpr double kVarShare = 0.22;       // of the default volt-var curve at 0.95 pu
const double kBeside = std::sqrt(1 - kVarShare * kVarShare);

// CA with the part NORTH, four hours; a battery in each, sun and a fuel cell in NORTH.
class GridNeedTest : public ::testing::Test {
 protected:
  GridNeedTest() {
    dispatch::Problem& problem = built_.problem;
    problem.interval_count = 4;
    problem.regions.resize(2);
    problem.regions[0].id = "CA";
    problem.regions[0].demand_kw = {100, 100, 100, 100};
    problem.regions[0].import_price_usd_per_kwh = {0.1, 0.2, 0.3, 0.2};
    problem.regions[1].id = "NORTH";
    problem.regions[1].parent = 0;
    problem.profiles = {{0, 0.5, 1, 0.98}};
    built_.profile_series = {"sun"};
    Add("CA-BATTERY", 0,
        dispatch::Storage{.charge_max_kw = 50,
                          .discharge_max_kw = 100,
                          .energy_max_kwh = 400,
                          .initial_energy_kwh = 200,
                          .final_energy_min_kwh = 200});
    Add("BATTERY", 1,
        dispatch::Storage{.charge_max_kw = 200,
                          .discharge_max_kw = 200,
                          .energy_max_kwh = 400,
                          .initial_energy_kwh = 200,
                          .final_energy_min_kwh = 200});
    Add("SUN", 1, dispatch::Renewable{.availability_kw = {0, 80}}, false);
    Add("CELL", 1, dispatch::Unit{.min_kw = 30, .max_kw = 100, .initial_kw = 100, .committable = true});
    built_.grid.apparent_kva = {100, 200, 80, 100};
    conditions_.resize(2);
    for (RegionConditions& of : conditions_) of.by_interval.assign(4, GridConditions::Nominal(60));
  }

  void Add(const std::string& id, int region, decltype(dispatch::Device::kind) kind, bool reserve_up = true) {
    built_.problem.devices.push_back({.id = id, .region = region, .reserve_up = reserve_up, .kind = std::move(kind)});
    built_.der_ids.push_back(id);
  }
  void Everywhere(const GridConditions& at) {
    for (RegionConditions& of : conditions_) of.by_interval.assign(4, at);
  }
  void Find() { FindGridNeed(conditions_, built_); }
  const GridNeed& Need(std::size_t region) const { return built_.grid.regions[region].need; }
  template <typename Kind>
  const Kind& Get(std::size_t device) const {
    return std::get<Kind>(built_.problem.devices[device].kind);
  }

  BuiltProblem built_;
  std::vector<RegionConditions> conditions_;
};

TEST_F(GridNeedTest, IsNothingAtNominal) {
  Find();
  for (std::size_t r : {0, 1}) {
    EXPECT_THAT(Need(r).up_kw, Each(0));
    EXPECT_THAT(Need(r).down_kw, Each(0));
    EXPECT_THAT(Need(r).inject_kvar, Each(0));
    EXPECT_THAT(Need(r).absorb_kvar, Each(0));
  }
  const BuiltProblem before = built_;
  LimitInverters(built_);
  AskForHeadroom(built_);
  EXPECT_EQ(ProblemDigest(built_.problem), ProblemDigest(before.problem));
}

TEST_F(GridNeedTest, HeadroomIsAskedOfRatedPowerThatCountsAndOfPartsToo) {
  Everywhere({59.5, 60.3, 1, 1});
  Find();
  EXPECT_THAT(Need(0).up_kw, Each(DoubleNear(kUpShare * 400, 1e-3))) << "two batteries and the cell; no sun";
  EXPECT_THAT(Need(1).up_kw, Each(DoubleNear(kUpShare * 300, 1e-3)));
  EXPECT_THAT(Need(1).down_kw, Each(DoubleNear(0.088 * 380, 1e-9))) << "the sun can be curtailed";
}

TEST_F(GridNeedTest, IsNoMoreThanDersCanMoveInTheInterval) {
  built_.problem.devices.erase(built_.problem.devices.begin(), built_.problem.devices.begin() + 2);
  Everywhere({50, 70, 1, 1});  // all of the rated power
  Find();
  EXPECT_THAT(Need(0).up_kw, Each(70)) << "the cell between its least and its most";
  EXPECT_THAT(Need(0).down_kw, ElementsAre(70, 110, 150, DoubleNear(148.4, 1e-9))) << "and the sun, as it shines";
}

TEST_F(GridNeedTest, FollowsTheForecastIntervalByInterval) {
  conditions_[0].by_interval[2].lowest_hz = conditions_[1].by_interval[2].lowest_hz = 59.5;
  Find();
  EXPECT_THAT(Need(0).up_kw, ElementsAre(0, 0, DoubleNear(kUpShare * 400, 1e-3), 0));
}

TEST_F(GridNeedTest, AddsToTheReserveOfTheAreaAlone) {
  Everywhere({59.5, 60, 1, 1});
  built_.problem.regions[0].reserve_up_kw = {10, 20, 30, 40};
  Find();
  AskForHeadroom(built_);
  const double need = Need(0).up_kw[0];
  EXPECT_THAT(built_.problem.regions[0].reserve_up_kw, ElementsAre(10 + need, 20 + need, 30 + need, 40 + need));
  EXPECT_THAT(built_.problem.regions[0].reserve_down_kw, IsEmpty());
  EXPECT_THAT(built_.problem.regions[1].reserve_up_kw, IsEmpty()) << "one frequency: headroom anywhere helps";
  EXPECT_TRUE(dispatch::Validate(built_.problem).ok()) << dispatch::Validate(built_.problem);
}

TEST_F(GridNeedTest, APartWithAFrequencyOfItsOwnKeepsItsOwnHeadroom) {
  conditions_[1].by_interval.assign(4, {59.5, 60, 1, 1});
  Find();
  AskForHeadroom(built_);
  EXPECT_THAT(built_.problem.regions[1].reserve_up_kw, Each(DoubleNear(kUpShare * 300, 1e-3)));
  EXPECT_THAT(built_.problem.regions[0].reserve_up_kw, Each(DoubleNear(kUpShare * 300, 1e-3)));
}

TEST_F(GridNeedTest, WhatSecurityCostsDoesNotHoldTheNeed) {
  Everywhere({59.5, 60, 1, 1});
  built_.robust = RobustAsk{.before = {.up_kw = {1, 1, 1, 1}}};
  built_.problem.regions[0].reserve_up_kw = {50, 50, 50, 50};
  Find();
  AskForHeadroom(built_);
  EXPECT_THAT(built_.robust->before.up_kw, Each(1 + Need(0).up_kw[0]));
  EXPECT_THAT(built_.problem.regions[0].reserve_up_kw, Each(50 + Need(0).up_kw[0]));
}

TEST_F(GridNeedTest, InvertersOfTheRegionLeaveRoomForReactivePower) {
  conditions_[1].by_interval.assign(4, {60, 60, 0.95, 1});
  Find();
  EXPECT_THAT(Need(1).inject_kvar, Each(DoubleNear(kVarShare * 380, 1e-9)));
  EXPECT_THAT(Need(0).inject_kvar, Each(DoubleNear(kVarShare * 380, 1e-9))) << "with its part, and nothing of its own";
  LimitInverters(built_);
  EXPECT_EQ(Get<dispatch::Storage>(0).discharge_max_kw, 100) << "the voltage of its region is fine";
  EXPECT_DOUBLE_EQ(Get<dispatch::Storage>(1).discharge_max_kw, 200 * kBeside);
  EXPECT_DOUBLE_EQ(Get<dispatch::Storage>(1).charge_max_kw, 200 * kBeside);
  EXPECT_DOUBLE_EQ(Get<dispatch::Unit>(3).max_kw, 100 * kBeside);
  EXPECT_DOUBLE_EQ(*Get<dispatch::Unit>(3).initial_kw, 100 * kBeside) << "where it can be within the interval";
  const auto& sun = Get<dispatch::Renewable>(2).availability_kw;
  EXPECT_THAT(built_.problem.profiles[static_cast<std::size_t>(sun.profile)],
              ElementsAre(0, 0.5, DoubleNear(kBeside, 1e-12), DoubleNear(kBeside, 1e-12)));
  EXPECT_THAT(built_.profile_series, ElementsAre("sun", "sun")) << "its errors count as those of the series";
  EXPECT_TRUE(dispatch::Validate(built_.problem).ok()) << dispatch::Validate(built_.problem);
}

TEST_F(GridNeedTest, ALargerInverterNeedsNoLimit) {
  Everywhere({60, 60, 0.95, 1});
  built_.grid.apparent_kva = {100, 250, 40, 100};
  Find();
  EXPECT_NEAR(Need(0).inject_kvar[0], kVarShare * 490, 1e-9);
  LimitInverters(built_);
  EXPECT_EQ(Get<dispatch::Storage>(1).discharge_max_kw, 200);
  EXPECT_DOUBLE_EQ(built_.problem.at(Get<dispatch::Renewable>(2).availability_kw, 2), 40 * kBeside);
}

TEST_F(GridNeedTest, WhatCouldNotKeepItsOwnRulesStaysAsItIs) {
  Everywhere({60, 60, 0.88, 1});
  auto& storage = std::get<dispatch::Storage>(built_.problem.devices[0].kind);
  storage.initial_energy_kwh = 0;  // 50 kW for four hours is just enough
  auto& cell = std::get<dispatch::Unit>(built_.problem.devices[3].kind);
  cell.committable = false;
  cell.ramp_down_kw_per_min = 0.01;
  Find();
  LimitInverters(built_);
  EXPECT_EQ(storage.charge_max_kw, 50);
  EXPECT_LT(storage.discharge_max_kw, 100);
  EXPECT_EQ(cell.max_kw, 100);
  EXPECT_TRUE(dispatch::MakePortfolio()->Solve(built_.problem, {}).ok());
}

// Curves of a DER of the categories B and III with these settings.
gridcode::StabilityCurves Told(const std::function<void(gridcode::Settings&)>& change) {
  static const gridcode::ProfileShelf shelf;
  gridcode::Nameplate plate{.p_max_kw = 100, .s_max_kva = 100, .q_inject_kvar = 44, .q_absorb_kvar = 44};
  plate.normal = gridcode::NormalCategory::kB;
  plate.abnormal = gridcode::AbnormalCategory::kIII;
  gridcode::Settings settings = shelf.Default().Defaults(plate);
  settings.volt_var.enabled = true;
  change(settings);
  return {shelf.Default(), plate.categories(), settings};
}

TEST_F(GridNeedTest, EachDerIsAskedByItsOwnCurves) {
  built_.grid.curves.push_back(Told([](gridcode::Settings& s) {
    s.droop.k_uf = 0.025;
    s.volt_var.q1_pu = 0.2;
  }));
  built_.grid.curves.push_back(Told([](gridcode::Settings& s) {
    s.droop.enabled = false;
    s.volt_var.enabled = false;
  }));
  built_.grid.curve_by_device = {0, 1, 2, 2};
  Everywhere({59.5, 60, 0.95, 1});
  Find();
  EXPECT_THAT(Need(1).up_kw, Each(DoubleNear(2 * kUpShare * 200, 1e-3))) << "half of k asks for twice of it";
  EXPECT_THAT(Need(0).up_kw, Each(DoubleNear(kUpShare * (100 + 2 * 200), 1e-3)));
  EXPECT_THAT(Need(1).inject_kvar, Each(DoubleNear(0.1 * 200, 1e-9)));
  EXPECT_THAT(Need(0).inject_kvar, Each(DoubleNear(kVarShare * 100 + 0.1 * 200, 1e-9)));
  LimitInverters(built_);
  EXPECT_DOUBLE_EQ(Get<dispatch::Storage>(0).discharge_max_kw, 100 * kBeside);
  EXPECT_DOUBLE_EQ(Get<dispatch::Storage>(1).discharge_max_kw, 200 * std::sqrt(1 - 0.1 * 0.1));
  EXPECT_EQ(Get<dispatch::Unit>(3).max_kw, 100) << "its volt-var is off";
  EXPECT_EQ(Get<dispatch::Renewable>(2).availability_kw.profile, 0);
}

// What all this is for.
TEST_F(GridNeedTest, TheScheduleKeepsWhatTheGridNeeds) {
  Everywhere({59.0, 60, 0.95, 1});
  Find();
  LimitInverters(built_);
  ASSERT_TRUE(dispatch::ApplyObjectives({.cost = 1, .stability = 1}, {}, built_.problem).ok());
  AskForHeadroom(built_);
  const auto solution = dispatch::MakePortfolio()->Solve(built_.problem, {});
  ASSERT_TRUE(solution.ok()) << solution.status();
  const auto supply = dispatch::SupplyOf(built_.problem, *solution);
  for (std::size_t t = 0; t < 4; ++t) {
    EXPECT_NEAR(solution->regions[0].reserve_short_up_kw[t], 0, 1e-6);
    EXPECT_GE(supply[0].headroom_up_kw[t], Need(0).up_kw[t] + supply[0].usual_reserve_kw[t] - 1e-6);
    for (std::size_t i = 0; i < 4; ++i) {
      const double left = std::pow(built_.grid.apparent_kva[i], 2) - std::pow(solution->devices[i].power_kw[t], 2);
      EXPECT_GE(std::sqrt(left), kVarShare * built_.grid.apparent_kva[i] - 1e-6) << built_.der_ids[i] << " " << t;
    }
  }
}

}  // namespace
}  // namespace derms::optimizer
