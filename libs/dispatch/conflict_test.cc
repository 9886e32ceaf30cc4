// Conflicts in words, irreducible, with what giving way would cost; and the nearest problem that has a schedule.
#include "libs/dispatch/conflict.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/base/error.h"
#include "libs/dispatch/relaxation.h"
#include "libs/dispatch/testing/random_problem.h"
#include "libs/dispatch/testing/solved.h"

namespace derms::dispatch {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::RulesBroken;
using ::testing::SizeIs;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

auto Says(const std::string& field, const std::string& words) {
  return AllOf(Field(&base::FieldViolation::field, field), Field(&base::FieldViolation::description, HasSubstr(words)));
}

// Two stores behind one connection that lets 50 kW in; prices are 0.1 USD/kWh.
Problem TwoStores(double first_kwh, double second_kwh) {
  Problem problem = testing::SingleRegion({0, 0}, {0.1, 0.1});
  Region cable;
  cable.id = "CABLE";
  cable.parent = 0;
  cable.import_limit_kw = {50, 50};
  problem.regions.push_back(cable);
  for (const auto& [id, target] : {std::pair{"ONE", first_kwh}, std::pair{"TWO", second_kwh}}) {
    Device battery = testing::Battery(id);
    battery.region = 1;
    auto& storage = std::get<Storage>(battery.kind);
    storage.charge_efficiency = storage.discharge_efficiency = 1.0;
    storage.initial_energy_kwh = 0;
    storage.final_energy_min_kwh = target;
    problem.devices.push_back(battery);
  }
  return problem;
}

std::vector<base::FieldViolation> Conflicts(const Problem& problem) {
  const absl::Status status = MakePortfolio()->Solve(problem, {}).status();
  EXPECT_EQ(base::ReasonOf(status), "INFEASIBLE");
  return base::ViolationsOf(status);
}

TEST(Conflict, NamesTheRequirementsThatCannotAllBeKept) {
  EXPECT_THAT(Conflicts(TwoStores(70, 60)),
              UnorderedElementsAre(
                  Says("devices[ONE].final_energy_min_kwh", "storage ONE must end with 70 kWh but can reach 40 kWh"),
                  Says("devices[TWO].final_energy_min_kwh", "storage TWO must end with 60 kWh but can reach 30 kWh"),
                  Says("regions[CABLE].import_limit_kw[0]", "region CABLE must import up to")));
}

TEST(Conflict, SaysWhatGivingWayCosts) {
  const auto conflicts = Conflicts(TwoStores(70, 60));
  // 100 kWh come through the cable, or 130 kWh through a wider one.
  EXPECT_THAT(conflicts, Contains(Says("devices[ONE].final_energy_min_kwh", "makes a schedule of 10 USD possible")));
  EXPECT_THAT(conflicts, Contains(Says("regions[CABLE].import_limit_kw[0]", "makes a schedule of 13 USD possible")));
}

TEST(Conflict, LeavesOutWhatIsNotPartOfIt) {
  Problem problem = TwoStores(110, 0);
  const auto conflicts = Conflicts(problem);
  EXPECT_THAT(conflicts, UnorderedElementsAre(Says("devices[ONE].final_energy_min_kwh", "can reach 100 kWh"),
                                              Says("regions[CABLE].import_limit_kw[0]", "")));
}

TEST(Conflict, IsIrreducible) {
  const Problem problem = TwoStores(70, 60);
  for (int without = 0; without < 3; ++without) {
    Problem less = problem;
    if (without == 2) {
      less.regions[1].import_limit_kw.clear();
    } else {
      std::get<Storage>(less.devices[static_cast<std::size_t>(without)].kind).final_energy_min_kwh = 0;
    }
    EXPECT_EQ(MakePortfolio()->Solve(less, {}).status(), absl::OkStatus());
  }
}

TEST(Conflict, OfSeveralIndependentOnesSaysThatMoreRemain) {
  Problem problem = TwoStores(70, 60);
  Problem other = TwoStores(80, 60);
  for (Device& device : other.devices) {
    device.id += "-B";
    device.region = 2;
    problem.devices.push_back(device);
  }
  problem.regions.push_back(other.regions[1]);
  problem.regions[2].id = "CABLE-B";
  const auto conflicts = Conflicts(problem);
  EXPECT_THAT(conflicts, SizeIs(3));  // one irreducible set, not both
  EXPECT_THAT(conflicts[0].description, HasSubstr("further conflicts would remain"));
}

// A unit that must run, and a cap below what it emits.
Problem DirtyMustRun() {
  Problem problem = testing::SingleRegion({100, 100}, {0.1, 0.1});
  Unit unit;
  unit.min_kw = 30;
  unit.max_kw = 100;
  unit.co2_kg_per_kwh = 1.0;
  problem.devices.push_back({"COAL", 0, true, true, unit});
  problem.carbon_cap_kg = 50;
  return problem;
}

TEST(Conflict, BetweenAUnitAndTheCarbonCap) {
  EXPECT_THAT(Conflicts(DirtyMustRun()),
              UnorderedElementsAre(Says("carbon_cap_kg", "the carbon cap is 50 kg but needs 60 kg"),
                                   Says("devices[COAL].min_kw", "unit COAL must run at 30 kW but can reach 25 kW")));
}

TEST(Conflict, ThatOnlyWholeDecisionsMake) {
  // 60 kW in one go do not fit through 50 kW, though 30 kW in two hours would.
  Problem problem = testing::SingleRegion({0, 0}, {0.1, 0.1});
  problem.regions[0].import_limit_kw = {50, 50};
  FlexibleLoad furnace;
  furnace.energy_kwh = 60;
  furnace.min_kw = furnace.max_kw = 60;
  problem.devices.push_back({"FURNACE", 0, true, true, furnace});
  EXPECT_THAT(Conflicts(problem), UnorderedElementsAre(Says("devices[FURNACE].energy_kwh", "load FURNACE must get 60"),
                                                       Says("regions[CA].import_limit_kw[0]", "up to 10 kW")));
}

Solution SolvedNearest(const Problem& problem) {
  auto solution = MakePortfolio()->Solve(problem, {.relax = true});
  EXPECT_EQ(solution.status(), absl::OkStatus());
  if (!solution.ok()) return {};
  EXPECT_THAT(Check(problem, *solution, {.allow_relaxed = true}).defects, IsEmpty());
  return *std::move(solution);
}

TEST(Relax, GivesUpTheLeastAndListsIt) {
  const Solution solution = SolvedNearest(TwoStores(70, 60));
  double given_up = 0;
  for (const Relaxation& relaxation : solution.relaxed) given_up += relaxation.amount;
  EXPECT_NEAR(given_up, 30, 1e-3);
  EXPECT_EQ(solution.status, SolveStatus::kOptimal);
}

TEST(Relax, ChangesNothingWhereThereIsASchedule) {
  const Problem problem = TwoStores(50, 50);
  const Solution solution = SolvedNearest(problem);
  EXPECT_THAT(solution.relaxed, IsEmpty());
  EXPECT_EQ(solution.objective_usd(), testing::Solved(problem).objective_usd());
}

TEST(Relax, HelpsWhereOneDeviceAloneCannot) {
  Problem problem = testing::SingleRegion({0, 0}, {0.1, 0.1});
  problem.devices = {testing::Battery("BATT")};
  std::get<Storage>(problem.devices[0].kind).final_energy_min_kwh = 400;  // reaches 200 + 2 x 90
  const Solution solution = SolvedNearest(problem);
  ASSERT_THAT(solution.relaxed, SizeIs(1));
  EXPECT_EQ(solution.relaxed[0].name, kFinalEnergy);
  EXPECT_EQ(solution.relaxed[0].subject, "BATT");
  EXPECT_NEAR(solution.relaxed[0].amount, 20, 1e-4);
  EXPECT_THAT(solution.relaxed[0].sentence, StartsWith("BATT gives up 20 kWh of final_energy"));
  EXPECT_NEAR(solution.devices[0].state_of_charge_kwh[1], 380, 1e-4);
}

TEST(Relax, PutsOffMaintenanceThatAUnitCannotStopFor) {
  Problem problem = testing::SingleRegion({100, 100, 100}, {0.1, 0.1, 0.1});
  Unit unit;
  unit.min_kw = unit.max_kw = 50;
  unit.committable = true;
  unit.initial_kw = 50;
  unit.initial_state_hours = 0;
  unit.min_up_hours = 1;
  unit.maintenance = {{0, 3}};
  problem.devices.push_back({"PLANT", 0, true, true, unit});
  const Solution solution = SolvedNearest(problem);
  EXPECT_THAT(solution.devices[0].on, ElementsAre(1, 0, 0));
  EXPECT_THAT(solution.relaxed, ElementsAre(Field(&Relaxation::name, std::string(kMaintenance))));
}

TEST(Relax, OfRandomInfeasibleProblemsAlwaysEndsInASchedule) {
  int relaxed = 0;
  for (std::uint64_t seed = 1; seed <= 25; ++seed) {
    SCOPED_TRACE(seed);
    Problem problem = testing::RandomProblem(seed, {.intervals = 8,
                                                    .devices = 8,
                                                    .storage_plans = true,
                                                    .budgets = true,
                                                    .flexible_loads = true,
                                                    .carbon_cap = true});
    problem.carbon_cap_kg = *problem.carbon_cap_kg * 0.1;
    for (Device& device : problem.devices) {
      auto* storage = std::get_if<Storage>(&device.kind);
      if (storage != nullptr) storage->final_energy_min_kwh = storage->energy_max_kwh;
    }
    for (Region& region : problem.regions) region.import_limit_kw.assign(8, 20.0);
    relaxed += SolvedNearest(problem).relaxed.empty() ? 0 : 1;
  }
  EXPECT_GE(relaxed, 15);
}

TEST(Checker, RefusesWhatWasGivenUpWithoutLeave) {
  const Problem problem = TwoStores(70, 60);
  Solution solution = SolvedNearest(problem);
  EXPECT_THAT(RulesBroken(problem, solution), Contains("relaxed"));
  // An amount that is too small, or of nothing that exists, does not help either.
  const auto broken = [&](const Solution& claimed) {
    std::set<std::string> rules;
    for (const Defect& defect : Check(problem, claimed, {.allow_relaxed = true}).defects) rules.insert(defect.rule);
    return rules;
  };
  Solution less = solution;
  for (Relaxation& relaxation : less.relaxed) relaxation.amount *= 0.9;
  EXPECT_THAT(broken(less), ::testing::Not(IsEmpty()));
  for (const char* name : {"final_energy", "energy_target", "import_limit", "carbon_cap", "what"}) {
    Solution wrong = solution;
    wrong.relaxed[0] = {name, "NOBODY", 0, 1, "kWh", ""};
    EXPECT_THAT(broken(wrong), Contains("relaxed")) << name;
  }
  solution.relaxed[0].amount = -1;
  EXPECT_THAT(broken(solution), Contains("relaxed"));
}

}  // namespace
}  // namespace derms::dispatch
