// The checker is tested with planted defects: a schedule that is right in everything but one figure must be refused
// by the rule that figure breaks.
#include "libs/dispatch/checker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <set>

#include "libs/dispatch/checker_parts.h"
#include "libs/dispatch/portfolio.h"
#include "libs/dispatch/testing/random_problem.h"

namespace derms::dispatch {
namespace {

using ::testing::Contains;

constexpr std::size_t kSun = 0, kWindTaken = 1, kBattery = 2, kPlant = 3, kFuelCell = 4, kRiver = 5;
constexpr std::size_t kArea = 0, kPart = 1;

// Four hours with every kind of device; regions CA > SOUTH, devices in SOUTH.
Problem EveryKind() {
  Problem problem = testing::SingleRegion({300, 320, 340, 300}, {0.05, 0.02, 0.2, 0.3});
  Region& area = problem.regions[0];
  area.carbon_of_import_kg_per_kwh = {0.4, 0.4, 0.4, 0.4};
  area.reserve_up_kw = area.reserve_down_kw = {60, 60, 60, 60};
  area.peak_charge_usd_per_kw = 0.1;
  area.flattening_usd_per_kwh = 0.01;
  area.import_limit_kw = {500, 500, 500, 500};
  Region part;
  part.id = "SOUTH";
  part.parent = 0;
  part.demand_kw = {50, 50, 50, 50};
  part.import_limit_kw = {150, 150, 150, 150};
  part.export_limit_kw = {400, 400, 400, 400};
  problem.regions.push_back(part);
  problem.carbon_price_usd_per_kg = 0.02;

  testing::AddRenewable(problem, "SUN", {80, 90, 70, 0});
  std::get<Renewable>(testing::AddRenewable(problem, "WIND", {20, 30, 20, 10}).kind).must_take = true;
  problem.devices.push_back(testing::Battery("BATT"));
  auto& battery = std::get<Storage>(problem.devices.back().kind);
  battery.energy_min_kwh = 40;
  battery.final_energy_min_kwh = 150;
  battery.wear_usd_per_kwh = 0.005;
  Unit plant;
  plant.min_kw = 20;
  plant.max_kw = 100;
  plant.ramp_up_kw_per_min = plant.ramp_down_kw_per_min = 0.5;
  plant.initial_kw = 40;
  plant.cost_pieces = {{50, 0.04}, {100, 0.15}};
  plant.co2_kg_per_kwh = 0.3;
  problem.devices.push_back({"PLANT", 0, true, true, plant});
  Unit fuel_cell = plant;
  fuel_cell.committable = true;
  fuel_cell.initial_kw = 0;
  fuel_cell.start_cost_usd = 1;
  fuel_cell.no_load_usd_per_hour = 0.2;
  problem.devices.push_back({"FUEL_CELL", 0, true, true, fuel_cell});
  problem.profiles.push_back({50, 50, 50, 50});
  Hydro river;
  river.availability_kw.profile = 2;
  river.energy_budget_kwh = 100;
  river.min_kw = 5;
  problem.devices.push_back({"RIVER", 0, true, true, river});
  for (Device& device : problem.devices) device.region = 1;
  return problem;
}

Solution Solved(const Problem& problem) {
  return MakePortfolio()->Solve(problem, {}).value();
}

std::set<std::string> RulesBroken(const Problem& problem, const Solution& solution) {
  std::set<std::string> rules;
  for (const Defect& defect : Check(problem, solution).defects) rules.insert(defect.rule);
  return rules;
}

TEST(Checker, AcceptsTheSolversScheduleAndProvesItsBound) {
  const Problem problem = EveryKind();
  const Certificate certificate = Check(problem, Solved(problem));
  EXPECT_TRUE(certificate.valid());
  EXPECT_NEAR(certificate.cost.total_usd(), Solved(problem).objective_usd(), 1e-9);
}

struct Plant {
  const char* name;
  const char* rule;
  std::function<void(Solution&)> spoil;
  std::function<void(Problem&)> change = {};  // or the problem moves away from under the schedule
};

class PlantedDefect : public ::testing::TestWithParam<Plant> {};

TEST_P(PlantedDefect, IsFound) {
  Problem problem = EveryKind();
  Solution solution = Solved(problem);
  if (GetParam().spoil) GetParam().spoil(solution);
  if (GetParam().change) GetParam().change(problem);
  EXPECT_THAT(RulesBroken(problem, solution), Contains(GetParam().rule));
}

template <typename Kind>
Kind& KindOf(Problem& problem, std::size_t device) {
  return std::get<Kind>(problem.devices[device].kind);
}

const double kNaN = std::numeric_limits<double>::quiet_NaN();

INSTANTIATE_TEST_SUITE_P(
    Shape, PlantedDefect,
    ::testing::Values(Plant{"MissingDevice", "shape", [](Solution& s) { s.devices.pop_back(); }},
                      Plant{"ShortSeries", "shape", [](Solution& s) { s.devices[kSun].power_kw.pop_back(); }},
                      Plant{"NotANumber", "shape", [](Solution& s) { s.devices[kRiver].power_kw[1] = kNaN; }},
                      Plant{"NoOnOff", "shape", [](Solution& s) { s.devices[kFuelCell].on.clear(); }},
                      Plant{"NoReserve", "shape", [](Solution& s) { s.regions[kArea].reserve_short_up_kw.clear(); }}),
    [](const auto& each) { return each.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Devices, PlantedDefect,
    ::testing::Values(
        Plant{"SunBeyondWeather", "availability", [](Solution& s) { s.devices[kSun].power_kw[3] += 0.01; }},
        Plant{"SunNegative", "availability", [](Solution& s) { s.devices[kSun].power_kw[3] = -0.01; }},
        Plant{"WindNotTaken", "availability", [](Solution& s) { s.devices[kWindTaken].power_kw[0] -= 1; }},
        Plant{"WrongCurtailment", "curtailed", [](Solution& s) { s.devices[kSun].curtailed_kw[0] += 1; }},
        Plant{"ChargesTooFast", "storage_power", [](Solution& s) { s.devices[kBattery].charge_kw[1] = 100.01; }},
        Plant{"NegativeDischarge", "storage_power", [](Solution& s) { s.devices[kBattery].discharge_kw[0] = -1; }},
        Plant{"NetPowerLies", "storage_net_power", [](Solution& s) { s.devices[kBattery].power_kw[2] += 1; }},
        Plant{"EnergyFromNowhere", "state_of_charge",
              [](Solution& s) { s.devices[kBattery].state_of_charge_kwh[1] += 1; }},
        Plant{"BothDirections", "one_direction",
              [](Solution& s) {
                for (Series* way : {&s.devices[kBattery].charge_kw, &s.devices[kBattery].discharge_kw}) (*way)[0] += 1;
              }},
        Plant{"StoreTooFull",
              "storage_energy",
              {},
              [](Problem& p) { KindOf<Storage>(p, kBattery).energy_max_kwh = 190; }},
        Plant{"StoreTooEmpty",
              "storage_energy",
              {},
              [](Problem& p) { KindOf<Storage>(p, kBattery).energy_min_kwh = 160; }},
        Plant{"TargetMissed",
              "final_energy",
              {},
              [](Problem& p) { KindOf<Storage>(p, kBattery).final_energy_min_kwh = 151; }},
        Plant{"LossForgotten",
              "state_of_charge",
              {},
              [](Problem& p) { KindOf<Storage>(p, kBattery).standing_loss_per_hour = 0.01; }},
        Plant{"BelowMinimum", "unit_output", [](Solution& s) { s.devices[kPlant].power_kw[0] = 19; }},
        Plant{"AboveMaximum", "unit_output", [](Solution& s) { s.devices[kPlant].power_kw[3] = 101; }},
        Plant{"OutputWhileOff", "unit_off",
              [](Solution& s) {
                s.devices[kFuelCell].on[1] = 0;
                s.devices[kFuelCell].power_kw[1] = 20;
              }},
        Plant{"RampFromInitial", "ramp_up", {}, [](Problem& p) { KindOf<Unit>(p, kPlant).initial_kw = 0; }},
        Plant{"RampUp", "ramp_up",
              [](Solution& s) {
                s.devices[kPlant].power_kw = {20, 60, 60, 60};
              }},
        Plant{"RampDown", "ramp_down",
              [](Solution& s) {
                s.devices[kPlant].power_kw = {60, 20, 20, 20};
              }},
        Plant{
            "TooMuchWater", "energy_budget", {}, [](Problem& p) { KindOf<Hydro>(p, kRiver).energy_budget_kwh = 99; }}),
    [](const auto& each) { return each.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Regions, PlantedDefect,
    ::testing::Values(
        Plant{"ShedsMoreThanDemand", "shed", [](Solution& s) { s.regions[kPart].shed_kw[0] = 51; }},
        Plant{"ShedsNegative", "shed", [](Solution& s) { s.regions[kArea].shed_kw[0] = -1; }},
        Plant{"ThrowsAwayTooMuch", "over_generation", [](Solution& s) { s.regions[kArea].over_kw[0] = 1; }},
        Plant{"PowerFromNowhere", "net_import", [](Solution& s) { s.regions[kArea].net_import_kw[2] -= 1; }},
        Plant{"PartFlowLies", "net_import", [](Solution& s) { s.regions[kPart].net_import_kw[2] += 1; }},
        Plant{"OverTheFeederIn", "import_limit", {}, [](Problem& p) { p.regions[kArea].import_limit_kw[1] = 100; }},
        Plant{"OverTheFeederOut", "export_limit", {}, [](Problem& p) { p.regions[kPart].export_limit_kw[3] = 10; }},
        Plant{"ReserveLies", "reserve_up", [](Solution& s) { s.regions[kArea].reserve_short_up_kw[0] += 1; }},
        Plant{"ReserveHidden", "reserve_down", {}, [](Problem& p) { p.regions[kArea].reserve_down_kw[2] = 1000; }}),
    [](const auto& each) { return each.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Money, PlantedDefect,
    ::testing::Values(
        Plant{"Import", "cost", [](Solution& s) { s.cost.import_usd -= 0.01; }},
        Plant{"Generation", "cost", [](Solution& s) { s.cost.generation_usd -= 0.01; }},
        Plant{"Carbon", "cost", [](Solution& s) { s.cost.carbon_usd = 0; }},
        Plant{"Peak", "cost", [](Solution& s) { s.cost.peak_usd *= 0.99; }},
        Plant{"Flattening", "cost", [](Solution& s) { s.cost.flattening_usd = 0; }},
        Plant{"Wear", "cost", [](Solution& s) { s.cost.wear_usd += 0.01; }},
        Plant{"NotANumber", "cost", [](Solution& s) { s.cost.start_usd = kNaN; }},
        Plant{"DearerStart", "cost", {}, [](Problem& p) { KindOf<Unit>(p, kFuelCell).no_load_usd_per_hour = 9; }},
        Plant{"BoundAboveCost", "lower_bound",
              [](Solution& s) {
                s.bound_kind = BoundKind::kSolverClaimed;
                s.lower_bound_usd = s.objective_usd() + 0.01;
              }},
        Plant{"BoundNotProved", "lower_bound",
              [](Solution& s) {
                s.bound_kind = BoundKind::kRecomputed;
                for (Series& series : s.multipliers.balance) series.assign(series.size(), 0.0);
                for (Series& series : s.multipliers.stored_energy) series.assign(series.size(), 0.0);
              }},
        Plant{"BoundNotANumber", "lower_bound", [](Solution& s) { s.lower_bound_usd = kNaN; }},
        Plant{"OptimalWithoutBound", "lower_bound",
              [](Solution& s) {
                s.bound_kind = BoundKind::kNone;
                s.status = SolveStatus::kOptimal;
              }}),
    [](const auto& each) { return each.param.name; });

TEST(RecomputedBound, IsBelowTheOptimumWhateverTheMultipliersAre) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    const Problem problem = testing::RandomProblem(seed, {.intervals = 6,
                                                          .devices = 6,
                                                          .negative_prices = true,
                                                          .committable_units = true,
                                                          .storage_plans = seed % 2 == 0,
                                                          .unit_times = seed % 2 == 0,
                                                          .quadratic = seed % 2 == 0,
                                                          .budgets = seed % 2 == 0,
                                                          .flexible_loads = seed % 2 == 0,
                                                          .carbon_cap = seed % 4 == 0});
    const Solution solution = Solved(problem);
    Multipliers wild = solution.multipliers;
    std::uint64_t state = seed;
    const auto next = [&] {
      state = state * 6364136223846793005ULL + 1442695040888963407ULL;
      return static_cast<double>(state >> 40) / (1 << 24) - 0.5;
    };
    const std::size_t regions = problem.regions.size(), devices = problem.devices.size();
    const auto fill = [&](std::vector<Series>& rows, std::size_t count) {
      rows.assign(count, Series(static_cast<std::size_t>(problem.interval_count)));
      for (Series& row : rows) {
        for (double& value : row) value = next();
      }
    };
    for (auto* rows : {&wild.balance, &wild.import_limit, &wild.export_limit, &wild.reserve_up, &wild.reserve_down,
                       &wild.peak, &wild.flattening}) {
      fill(*rows, regions);
    }
    for (auto* rows :
         {&wild.stored_energy, &wild.ramp_up, &wild.ramp_down, &wild.reserve_energy_up, &wild.reserve_energy_down}) {
      fill(*rows, devices);
    }
    for (auto* rows : {&wild.energy_budget, &wild.delivered_energy}) {
      rows->assign(devices, 0.0);
      for (double& value : *rows) value = next();
    }
    wild.carbon_cap = next();
    EXPECT_LE(checking::RecomputeBound(problem, wild), solution.objective_usd() + 1e-6) << seed;
  }
}

// Every multiplier of a row that binds is needed for the bound that is claimed with it.
TEST(RecomputedBound, IsNotProvedWithoutThePricesOfTheRowsThatBind) {
  Problem problem = EveryKind();
  problem.reserve_hours = 8;
  FlexibleLoad car;
  car.energy_kwh = 15;
  car.max_kw = 10;
  problem.devices.push_back({"CAR", 1, true, true, car});
  const double emitted_without_cap = [&] {
    problem.carbon_cap_kg = 1e9;
    const Solution free = Solved(problem);
    double kg = 0;
    for (std::size_t t = 0; t < 4; ++t) {
      kg += 0.4 * std::max(free.regions[kArea].net_import_kw[t], 0.0);
      kg += 0.3 * (free.devices[kPlant].power_kw[t] + free.devices[kFuelCell].power_kw[t]);
    }
    return kg;
  }();
  problem.carbon_cap_kg = 0.9 * emitted_without_cap;
  KindOf<Unit>(problem, kPlant).energy_budget_kwh = 150;
  const Solution solution = Solved(problem);
  ASSERT_TRUE(Check(problem, solution).valid());
  const double proved = checking::RecomputeBound(problem, solution.multipliers);
  const std::pair<const char*, std::function<void(Multipliers&)>> families[] = {
      {"carbon_cap", [](Multipliers& m) { m.carbon_cap = 0; }},
      {"delivered_energy", [](Multipliers& m) { m.delivered_energy.clear(); }},
      {"hydro budget", [](Multipliers& m) { m.energy_budget[kRiver] = 0; }},
      {"unit budget", [](Multipliers& m) { m.energy_budget[kPlant] = 0; }},
      {"reserve_energy", [](Multipliers& m) { m.reserve_energy_up.clear(); }},
  };
  for (const auto& [name, forget] : families) {
    Multipliers less = solution.multipliers;
    forget(less);
    EXPECT_LT(checking::RecomputeBound(problem, less), proved - 1e-3) << name;
  }
}

TEST(RecomputedBound, SurvivesMultipliersOfAnyShapeAndValue) {
  const Problem problem = EveryKind();
  const double cost = Solved(problem).objective_usd();
  Multipliers strange;
  EXPECT_LE(checking::RecomputeBound(problem, strange), cost);
  strange.balance = {{kNaN, 1e300 * 1e300}};
  strange.stored_energy = {{}, {}, {1}};
  strange.energy_budget = {kNaN};
  strange.carbon_cap = kNaN;
  EXPECT_LE(checking::RecomputeBound(problem, strange), cost);
}

}  // namespace
}  // namespace derms::dispatch
