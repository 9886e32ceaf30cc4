#include "libs/dispatch/validate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <limits>

#include "libs/base/error.h"
#include "libs/dispatch/portfolio.h"
#include "libs/dispatch/testing/random_problem.h"

namespace derms::dispatch {
namespace {

using ::testing::Contains;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// CA > SOUTH with a battery, a plant, the sun, a river and a load; valid.
Problem Valid() {
  Problem problem = testing::SingleRegion({100, 100, 100}, {0.1, 0.2, 0.3});
  problem.regions[0].id = "CA";
  Region south;
  south.id = "SOUTH";
  south.parent = 0;
  problem.regions.push_back(south);
  problem.devices.push_back(testing::Battery("BATT-4"));
  Unit unit;
  unit.min_kw = 10;
  unit.max_kw = 50;
  unit.cost_pieces = {{20, 0.1}, {50, 0.2}};
  problem.devices.push_back({"PLANT", 1, true, true, unit});
  testing::AddRenewable(problem, "SUN", {0, 10, 20});
  Hydro hydro;
  hydro.availability_kw.profile = 0;
  problem.devices.push_back({"RIVER", 0, true, true, hydro});
  FlexibleLoad load;
  load.energy_kwh = 10;
  load.max_kw = 5;
  problem.devices.push_back({"CAR", 0, true, true, load});
  return problem;
}

Storage& Battery(Problem& p) {
  return std::get<Storage>(p.devices[0].kind);
}
Unit& Plant(Problem& p) {
  return std::get<Unit>(p.devices[1].kind);
}
Renewable& Sun(Problem& p) {
  return std::get<Renewable>(p.devices[2].kind);
}
Hydro& River(Problem& p) {
  return std::get<Hydro>(p.devices[3].kind);
}

FlexibleLoad& Car(Problem& p) {
  return std::get<FlexibleLoad>(p.devices[4].kind);
}
// The plant as one that switches.
Unit& Switching(Problem& p) {
  Plant(p).committable = true;
  return Plant(p);
}

TEST(Validate, AcceptsAValidProblem) {
  EXPECT_EQ(Validate(Valid()), absl::OkStatus());
}

struct Mistake {
  const char* field;
  std::function<void(Problem&)> make;
};

TEST(Validate, NamesTheFieldOfEveryMistake) {
  const Mistake mistakes[] = {
      {"interval_count", [](Problem& p) { p.interval_count = 0; }},
      {"interval_count", [](Problem& p) { p.interval_count = kMaxIntervals + 1; }},
      {"interval_length", [](Problem& p) { p.interval_length = absl::ZeroDuration(); }},
      {"interval_length", [](Problem& p) { p.interval_length = absl::InfiniteDuration(); }},
      {"regions", [](Problem& p) { p.regions.clear(); }},
      {"profiles[0]",
       [](Problem& p) {
         p.profiles[0] = {1, 2};
       }},
      {"profiles[0][1]",
       [](Problem& p) {
         p.profiles[0] = {1, -2, 3};
       }},
      {"value_of_lost_load_usd_per_kwh", [](Problem& p) { p.value_of_lost_load_usd_per_kwh = kNaN; }},
      {"carbon_price_usd_per_kg", [](Problem& p) { p.carbon_price_usd_per_kg = -1; }},
      {"regions[1].id", [](Problem& p) { p.regions[1].id = "CA"; }},
      {"regions[1].id", [](Problem& p) { p.regions[1].id = ""; }},
      {"regions[SOUTH].parent", [](Problem& p) { p.regions[1].parent = 7; }},
      {"regions[SOUTH].parent", [](Problem& p) { p.regions[1].parent = 1; }},
      {"regions[SOUTH].parent", [](Problem& p) { p.regions[1].peak_charge_usd_per_kw = 1; }},
      {"regions[CA].demand_kw", [](Problem& p) { p.regions[0].demand_kw = {1}; }},
      {"regions[CA].demand_kw[2]", [](Problem& p) { p.regions[0].demand_kw[2] = kUnlimited; }},
      {"regions[SOUTH].import_limit_kw[0]",
       [](Problem& p) {
         p.regions[1].import_limit_kw = {kNaN, 1, 1};
       }},
      {"regions[CA].import_price_usd_per_kwh", [](Problem& p) { p.regions[0].import_price_usd_per_kwh.clear(); }},
      {"regions[CA].import_price_usd_per_kwh[1]", [](Problem& p) { p.regions[0].import_price_usd_per_kwh[1] = -3; }},
      {"regions[CA].export_price_usd_per_kwh[0]",
       [](Problem& p) {
         p.regions[0].export_price_usd_per_kwh = {11, 0, 0};
       }},
      {"devices[1].id", [](Problem& p) { p.devices[1].id = "BATT-4"; }},
      {"devices[PLANT].region", [](Problem& p) { p.devices[1].region = 2; }},
      {"devices[BATT-4].charge_max_kw", [](Problem& p) { Battery(p).charge_max_kw = -1; }},
      {"devices[BATT-4].charge_efficiency", [](Problem& p) { Battery(p).charge_efficiency = 0; }},
      {"devices[BATT-4].discharge_efficiency", [](Problem& p) { Battery(p).discharge_efficiency = 1.1; }},
      {"devices[BATT-4].energy_min_kwh", [](Problem& p) { Battery(p).energy_min_kwh = 500; }},
      {"devices[BATT-4].final_energy_min_kwh", [](Problem& p) { Battery(p).final_energy_min_kwh = 500; }},
      {"devices[BATT-4].standing_loss_per_hour", [](Problem& p) { Battery(p).standing_loss_per_hour = 1; }},
      {"devices[PLANT].min_kw", [](Problem& p) { Plant(p).min_kw = 51; }},
      {"devices[PLANT].ramp_up_kw_per_min", [](Problem& p) { Plant(p).ramp_up_kw_per_min = kNaN; }},
      {"devices[PLANT].cost_pieces", [](Problem& p) { Plant(p).cost_pieces.pop_back(); }},
      {"devices[PLANT].cost_pieces[1].usd_per_kwh", [](Problem& p) { Plant(p).cost_pieces[1].usd_per_kwh = 0.05; }},
      {"devices[PLANT].cost_pieces[1].up_to_kw", [](Problem& p) { Plant(p).cost_pieces[1].up_to_kw = 20; }},
      {"devices[PLANT].initial_kw",
       [](Problem& p) {
         Plant(p).committable = true;
         Plant(p).initial_kw = 5;
       }},
      {"devices[SUN].availability_kw.profile", [](Problem& p) { Sun(p).availability_kw.profile = 1; }},
      {"devices[SUN].availability_kw.scale", [](Problem& p) { Sun(p).availability_kw.scale = kUnlimited; }},
      {"devices[RIVER].min_kw", [](Problem& p) { River(p).min_kw = 1; }},
      {"devices[RIVER].energy_budget_kwh", [](Problem& p) { River(p).energy_budget_kwh = -1; }},
      {"reserve_hours", [](Problem& p) { p.reserve_hours = -1; }},
      {"reserve_hours", [](Problem& p) { p.reserve_hours = 5e-324; }},
      {"carbon_cap_kg", [](Problem& p) { p.carbon_cap_kg = kNaN; }},
      {"devices[BATT-4].inflow_kw.profile",
       [](Problem& p) {
         Battery(p).inflow_kw = {7, 1};
       }},
      {"devices[BATT-4].targets[0].interval",
       [](Problem& p) {
         Battery(p).targets = {{3, 0, 9}};
       }},
      {"devices[BATT-4].targets[1].interval",
       [](Problem& p) {
         Battery(p).targets = {{1, 0, 9}, {1, 0, 9}};
       }},
      {"devices[BATT-4].targets[0].at_least_kwh",
       [](Problem& p) {
         Battery(p).targets = {{1, 401, kUnlimited}};
       }},
      {"devices[BATT-4].targets[0].at_least_kwh",
       [](Problem& p) {
         Battery(p).targets = {{1, 20, 10}};
       }},
      {"devices[BATT-4].targets[0].at_most_kwh",
       [](Problem& p) {
         Battery(p).targets = {{1, 0, kNaN}};
       }},
      {"devices[BATT-4].targets[0].at_most_kwh",
       [](Problem& p) {
         Battery(p).energy_min_kwh = 20;
         Battery(p).targets = {{1, 0, 10}};
       }},
      {"devices[BATT-4].targets[0].at_most_kwh",
       [](Problem& p) {
         Battery(p).final_energy_min_kwh = 100;
         Battery(p).targets = {{2, 0, 50}};
       }},
      {"devices[PLANT].quadratic_usd_per_kw2h", [](Problem& p) { Plant(p).quadratic_usd_per_kw2h = -1; }},
      {"devices[PLANT].energy_budget_kwh", [](Problem& p) { Plant(p).energy_budget_kwh = -1; }},
      {"devices[PLANT].committable", [](Problem& p) { Plant(p).min_up_hours = 1; }},
      {"devices[PLANT].committable",
       [](Problem& p) {
         Plant(p).maintenance = {{0, 1}};
       }},
      {"devices[PLANT].min_up_hours", [](Problem& p) { Switching(p).min_up_hours = kNaN; }},
      {"devices[PLANT].min_down_hours", [](Problem& p) { Switching(p).min_down_hours = -1; }},
      {"devices[PLANT].initial_state_hours", [](Problem& p) { Switching(p).initial_state_hours = -1; }},
      {"devices[PLANT].stop_cost_usd", [](Problem& p) { Switching(p).stop_cost_usd = -1; }},
      {"devices[PLANT].start_max_kw", [](Problem& p) { Switching(p).start_max_kw = 9; }},
      {"devices[PLANT].stop_max_kw", [](Problem& p) { Switching(p).stop_max_kw = 9; }},
      {"devices[PLANT].start_costs[0].off_hours",
       [](Problem& p) {
         Switching(p).start_costs = {{1, 1}};
       }},
      {"devices[PLANT].start_costs[1].off_hours",
       [](Problem& p) {
         Switching(p).start_costs = {{0, 1}, {0, 2}};
       }},
      {"devices[PLANT].start_costs[1].usd",
       [](Problem& p) {
         Switching(p).start_costs = {{0, 2}, {1, 1}};
       }},
      {"devices[PLANT].start_costs",
       [](Problem& p) {
         Switching(p).start_costs = {{0, 2}};
         Plant(p).start_cost_usd = 1;
       }},
      {"devices[PLANT].maintenance[0]",
       [](Problem& p) {
         Switching(p).maintenance = {{2, 4}};
       }},
      {"devices[PLANT].maintenance[1]",
       [](Problem& p) {
         Switching(p).maintenance = {{0, 2}, {1, 3}};
       }},
      {"devices[CAR].energy_kwh", [](Problem& p) { Car(p).energy_kwh = kUnlimited; }},
      {"devices[CAR].min_kw", [](Problem& p) { Car(p).min_kw = 6; }},
      {"devices[CAR].window",
       [](Problem& p) {
         Car(p).window = {2, 2};
       }},
      {"devices[CAR].window",
       [](Problem& p) {
         Car(p).window = {0, 4};
       }},
      {"devices[CAR].contiguous", [](Problem& p) { Car(p).contiguous = true; }},
      {"devices[CAR].undelivered_usd_per_kwh", [](Problem& p) { Car(p).undelivered_usd_per_kwh = -1; }},
  };
  for (const Mistake& mistake : mistakes) {
    Problem problem = Valid();
    mistake.make(problem);
    const absl::Status status = Validate(problem);
    EXPECT_EQ(base::ReasonOf(status), "INVALID_PROBLEM") << mistake.field;
    EXPECT_THAT(base::ViolationsOf(status), Contains(Field(&base::FieldViolation::field, mistake.field)));
    EXPECT_EQ(MakePortfolio()->Solve(problem, {}).status(), status);
  }
}

TEST(Validate, StopsCountingAtAHundredMistakes) {
  Problem problem = Valid();
  for (int i = 0; i < 500; ++i) problem.devices.push_back({"", -1, true, true, Unit{}});
  EXPECT_THAT(base::ViolationsOf(Validate(problem)), SizeIs(100));
}

std::string Conflict(const Problem& problem) {
  EXPECT_EQ(Validate(problem), absl::OkStatus());
  const absl::Status status = MakePortfolio()->Solve(problem, {}).status();
  EXPECT_EQ(base::ReasonOf(status), "INFEASIBLE");
  return std::string(status.message());
}

TEST(Infeasible, StorageTargetOutOfReach) {
  Problem problem = Valid();
  Battery(problem).charge_max_kw = 10;
  Battery(problem).final_energy_min_kwh = 300;
  EXPECT_EQ(Conflict(problem), "storage BATT-4 must end with 300 kWh but can reach 227 kWh");
}

TEST(Infeasible, StorageBelowItsFloorThatCannotChargeInTime) {
  Problem problem = Valid();
  Battery(problem).initial_energy_kwh = 10;
  Battery(problem).energy_min_kwh = 150;
  EXPECT_EQ(Conflict(problem), "storage BATT-4 must hold 150 kWh at the end of interval 0 but can reach 100 kWh");
}

TEST(Infeasible, StorageAboveItsCeilingThatCannotDischargeInTime) {
  Problem problem = Valid();
  Battery(problem).initial_energy_kwh = 600;
  EXPECT_THAT(Conflict(problem), HasSubstr("may hold 400 kWh at the end of interval 0 but cannot get below 488.889"));
}

TEST(Infeasible, UnitThatItsRampKeepsFromItsMinimum) {
  Problem problem = Valid();
  Plant(problem).initial_kw = 0;
  Plant(problem).ramp_up_kw_per_min = 0.1;
  EXPECT_EQ(Conflict(problem),
            "unit PLANT must run at 10 kW or more but its ramp from 0 kW reaches 6 kW in the first interval");
}

TEST(Infeasible, WaterThatDoesNotLastForTheMinimum) {
  Problem problem = Valid();
  problem.profiles[0] = {5, 10, 20};
  River(problem).min_kw = 5;
  River(problem).energy_budget_kwh = 14;
  EXPECT_EQ(Conflict(problem), "hydro RIVER needs 15 kWh for its minimum of 5 kW but has a budget of 14 kWh");
}

TEST(Infeasible, EnergyTargetOutOfReachNamesItsTime) {
  Problem problem = Valid();
  problem.start = absl::FromUnixSeconds(1'700'000'000);  // 22:13:20
  Battery(problem).targets = {{0, 300, kUnlimited}};
  EXPECT_EQ(Conflict(problem), "storage BATT-4 must hold 300 kWh at 2023-11-14 23:13 UTC but can reach 290 kWh");
  problem.start.reset();
  Battery(problem).targets = {{1, 0, 10}};
  Battery(problem).discharge_max_kw = 9;
  EXPECT_EQ(Conflict(problem), "storage BATT-4 may hold 10 kWh at the end of interval 1 but cannot get below 180 kWh");
}

TEST(Infeasible, UnitThatCannotBeOffForItsMaintenance) {
  Problem problem = Valid();
  Switching(problem).initial_kw = 50;
  Plant(problem).maintenance = {{1, 2}};
  Plant(problem).min_up_hours = 4;
  Plant(problem).initial_state_hours = 2;
  EXPECT_EQ(
      Conflict(problem),
      "unit PLANT must be off for maintenance in interval 1 but its minimum time on keeps it on until interval 2");
  Plant(problem).min_up_hours = 0;
  Plant(problem).ramp_down_kw_per_min = 0.25;
  EXPECT_EQ(Conflict(problem),
            "unit PLANT must be off for maintenance in interval 1 but its ramp down keeps it on until interval 3");
}

TEST(Infeasible, UnitThatGivesMoreThanItsBudget) {
  Problem problem = Valid();
  Plant(problem).energy_budget_kwh = 29;
  EXPECT_EQ(Conflict(problem),
            "unit PLANT gives at least 30 kWh with its minimum output and ramps but has a budget of 29 kWh");
}

TEST(Infeasible, RegionalLimitThatLeavesNoWayToCharge) {
  Problem problem = Valid();
  Battery(problem).final_energy_min_kwh = 400;
  problem.devices[0].region = 1;
  problem.regions[1].import_limit_kw = {0, 0, 0};
  // The plant's 50 kW bring 135 of the 200 kWh: 72.2 kW more would have to come in over the horizon.
  EXPECT_THAT(Conflict(problem), HasSubstr("storage BATT-4 must end with 400 kWh but can reach 335 kWh"));
}

}  // namespace
}  // namespace derms::dispatch
