// The judge refuses what is wrong, whoever made it: planted errors in schedule, flows, cost and bound.
#include "libs/dispatch/fleet/fleet_checker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/dispatch/fleet/device_multipliers.h"
#include "libs/dispatch/fleet/sapc.h"
#include "libs/dispatch/fleet/testing/fleet_generator.h"

namespace derms::dispatch::fleet {
namespace {

class FleetCheckerTest : public ::testing::Test {
 protected:
  FleetCheckerTest() : fleet_(testing::GenerateFleet(Shape())), schedule_(*SolveFleet(fleet_, {})) {
    EXPECT_THAT(RulesBroken(), ::testing::IsEmpty());
  }

  static testing::FleetShape Shape() {
    testing::FleetShape shape;
    shape.devices = 200;
    shape.intervals = 24;
    return shape;
  }

  std::set<std::string> RulesBroken() const {
    std::set<std::string> rules;
    for (const FleetDefect& defect : CheckFleet(fleet_, schedule_, MultipliersOf(fleet_)).defects) {
      rules.insert(defect.rule);
    }
    return rules;
  }
  auto Breaks(const std::string& rule) const { return ::testing::Contains(rule); }

  Fleet fleet_;
  FleetSchedule schedule_;
};

// Headroom up and down that an hour's energy must back, on a day on which that is dear.
class BackedFleetCheckerTest : public ::testing::Test {
 protected:
  BackedFleetCheckerTest() : fleet_(testing::GenerateFleet(Shape())) {}

  static testing::FleetShape Shape() {
    testing::FleetShape shape = *testing::ShapeOfProfile("sustain");
    shape.devices = 300;
    shape.intervals = 24;
    return shape;
  }
  FleetCertificate Judge(const FleetSchedule& schedule) const {
    return CheckFleet(fleet_, schedule, MultipliersOf(fleet_));
  }
  std::set<std::string> RulesBroken(const FleetSchedule& schedule) const {
    std::set<std::string> rules;
    for (const FleetDefect& defect : Judge(schedule).defects) rules.insert(defect.rule);
    return rules;
  }

  Fleet fleet_;
};

TEST_F(BackedFleetCheckerTest, RefusesHeadroomThatEnergyDoesNotBack) {
  Fleet by_power = fleet_;
  by_power.reserve_hours = 0.0;
  const FleetSchedule schedule = *SolveFleet(by_power, {});
  EXPECT_THAT(RulesBroken(schedule), ::testing::IsSupersetOf({"reserve_up", "cost"}));
}

TEST_F(BackedFleetCheckerTest, RefusesHeadroomOfEnergyThatWouldGetLostOnItsWay) {
  const FleetSchedule schedule = *SolveFleet(fleet_, {});
  EXPECT_THAT(RulesBroken(schedule), ::testing::IsEmpty());
  fleet_.reserve_hours = 1.1;  // as if a tenth got lost
  EXPECT_THAT(RulesBroken(schedule), ::testing::Contains("reserve_up"));
}

TEST_F(BackedFleetCheckerTest, RefusesAStoreThatIsFullAsHeadroomDown) {
  testing::FleetShape shape = Shape();
  shape.reserve_down_of_demand = 2.0;
  fleet_ = testing::GenerateFleet(shape);
  Fleet by_power = fleet_;
  by_power.reserve_hours = 0.0;
  EXPECT_THAT(RulesBroken(*SolveFleet(by_power, {})), ::testing::Contains("reserve_down"));
}

// Any split of the headroom's price proves a bound, none can lie it up.
TEST_F(BackedFleetCheckerTest, TakesNoSplitOnTrust) {
  FleetSchedule schedule = *SolveFleet(fleet_, {});
  ASSERT_THAT(schedule.prices[0].backing, ::testing::Not(::testing::IsEmpty()));
  const double proven = Judge(schedule).lower_bound_usd;
  for (double wrong : {0.0, -1e3, 1e3, std::nan(""), kUnlimited}) {
    SCOPED_TRACE(wrong);
    FleetSchedule lying = schedule;
    for (BackingPrices& run : lying.prices[0].backing) {
      for (double& price : run.up) price = wrong;
    }
    const FleetCertificate judged = Judge(lying);
    EXPECT_LT(judged.lower_bound_usd, proven);
    EXPECT_LE(judged.lower_bound_usd, judged.cost_usd);
    EXPECT_THAT(RulesBroken(lying), ::testing::ElementsAre("lower_bound"));
  }
  schedule.prices[0].backing[0].up.pop_back();
  EXPECT_THAT(RulesBroken(schedule), ::testing::ElementsAre("shape"));
}

TEST_F(FleetCheckerTest, RefusesPowersBeyondTheDevice) {
  schedule_.storage_kw[5] = fleet_.storages.discharge_max_kw[0] * 1.001F;
  EXPECT_THAT(RulesBroken(), Breaks("storage_power"));
  schedule_.unit_kw[0] = fleet_.units.max_kw[0] * 1.01F;
  EXPECT_THAT(RulesBroken(), Breaks("unit_output"));
  schedule_.hydro_kw[0] = fleet_.hydros.min_kw[0] * 0.9F;
  EXPECT_THAT(RulesBroken(), Breaks("hydro_output"));
}

TEST_F(FleetCheckerTest, RefusesEnergyThatIsNotThere) {
  for (int t = 0; t < fleet_.interval_count; ++t) {
    schedule_.storage_kw[static_cast<std::size_t>(t)] = fleet_.storages.discharge_max_kw[0];
  }
  EXPECT_THAT(RulesBroken(), ::testing::IsSupersetOf({"storage_energy", "final_energy", "net_import", "cost"}));
}

TEST_F(FleetCheckerTest, RefusesWaterBeyondTheBudget) {
  for (std::size_t t = 0; t < fleet_.intervals(); ++t) schedule_.hydro_kw[t] = fleet_.hydros.capacity_kw[0];
  EXPECT_THAT(RulesBroken(), Breaks("energy_budget"));
}

TEST_F(FleetCheckerTest, RefusesRampsThatAreTooSteep) {
  for (std::size_t i = 0; i < fleet_.units.size(); ++i) {
    for (std::size_t t = 0; t < fleet_.intervals(); ++t) {
      schedule_.unit_kw[i * fleet_.intervals() + t] = t % 2 == 0 ? fleet_.units.max_kw[i] : fleet_.units.min_kw[i];
    }
  }
  EXPECT_THAT(RulesBroken(), ::testing::IsSupersetOf({"ramp_up", "ramp_down"}));
}

TEST_F(FleetCheckerTest, RefusesMoreRenewablesThanThereAre) {
  schedule_.renewable_taken_kw[12] = 1e6;
  EXPECT_THAT(RulesBroken(), Breaks("renewable_taken"));
}

TEST_F(FleetCheckerTest, RefusesFlowsThatDoNotAddUp) {
  schedule_.regions[0].net_import_kw[3] += 1.0;
  EXPECT_THAT(RulesBroken(), Breaks("net_import"));
  schedule_.regions[0].reserve_short_up_kw[3] += 1.0;
  EXPECT_THAT(RulesBroken(), Breaks("reserve_up"));
  schedule_.regions[0].shed_kw[3] = -1.0;
  EXPECT_THAT(RulesBroken(), Breaks("shed"));
}

TEST_F(FleetCheckerTest, RefusesImportBeyondTheLimit) {
  for (std::size_t t = 0; t < fleet_.intervals(); ++t) {
    fleet_.regions[0].import_limit_kw[t] = 0.9 * std::max(schedule_.regions[0].net_import_kw[t], 0.0);
  }
  EXPECT_THAT(RulesBroken(), Breaks("import_limit"));
}

TEST_F(FleetCheckerTest, RefusesAWrongCost) {
  schedule_.cost_usd *= 0.9999;
  EXPECT_THAT(RulesBroken(), Breaks("cost"));
}

TEST_F(FleetCheckerTest, RefusesABoundThatThePricesDoNotProve) {
  schedule_.lower_bound_usd += 1e-4 * schedule_.cost_usd;
  EXPECT_THAT(RulesBroken(), Breaks("lower_bound"));
}

TEST_F(FleetCheckerTest, AnyPricesProveABoundButWrongOnesNotTheClaimedOne) {
  const double optimum_at_most = schedule_.cost_usd;
  for (double& price : schedule_.prices[0].balance) price *= 1.3;
  const FleetCertificate certificate = CheckFleet(fleet_, schedule_, MultipliersOf(fleet_));
  EXPECT_LT(certificate.lower_bound_usd, schedule_.lower_bound_usd);
  EXPECT_LE(certificate.lower_bound_usd, optimum_at_most);
  EXPECT_THAT(RulesBroken(), Breaks("lower_bound"));
}

TEST_F(FleetCheckerTest, TrustsNoDeviceMultiplier) {
  DeviceMultipliers lying = MultipliersOf(fleet_);
  lying.stored_energy = [](std::size_t, std::span<const double>, std::span<const double>, std::span<double> value) {
    for (double& v : value) v = 1e3;
  };
  lying.water = [](std::size_t, std::span<const double>) { return -5.0; };
  const FleetCertificate certificate = CheckFleet(fleet_, schedule_, lying);
  EXPECT_LT(certificate.lower_bound_usd, schedule_.lower_bound_usd);
  EXPECT_FALSE(certificate.valid());
}

TEST_F(FleetCheckerTest, SurvivesWrongShapesAndNumbers) {
  schedule_.storage_kw[0] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(RulesBroken(), Breaks("storage_power"));
  schedule_.prices[0].balance[0] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_FALSE(RulesBroken().empty());
  schedule_.unit_kw.pop_back();
  EXPECT_THAT(RulesBroken(), ::testing::ElementsAre("shape"));
}

}  // namespace
}  // namespace derms::dispatch::fleet
