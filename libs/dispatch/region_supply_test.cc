#include "libs/dispatch/region_supply.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/dispatch/greedy.h"
#include "libs/dispatch/testing/random_problem.h"

namespace derms::dispatch {
namespace {

using ::testing::DoubleNear;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Ge;

// One hour each; tests say what the devices do.
class RegionSupplyTest : public ::testing::Test {
 protected:
  RegionSupplyTest() : problem_(testing::SingleRegion({100, 130, 90}, {0.1, 0.1, 0.1})) {}

  void Add(Device device, Series power_kw, Series stored_kwh = {}, std::vector<std::uint8_t> on = {}) {
    DeviceSchedule schedule;
    schedule.power_kw = std::move(power_kw);
    schedule.state_of_charge_kwh = std::move(stored_kwh);
    schedule.on = std::move(on);
    problem_.devices.push_back(std::move(device));
    solution_.devices.push_back(std::move(schedule));
  }
  static Device Plant(double min_kw, double max_kw, double ramp_kw_per_min) {
    Device device;
    device.id = "PLANT";
    device.kind =
        Unit{.min_kw = min_kw, .max_kw = max_kw, .ramp_up_kw_per_min = ramp_kw_per_min, .ramp_down_kw_per_min = 0.1};
    return device;
  }
  RegionSupply Area() const { return SupplyOf(problem_, solution_)[0]; }

  Problem problem_;
  Solution solution_;
};

TEST_F(RegionSupplyTest, NetLoadIsDemandLessWhatTheWeatherGives) {
  testing::AddRenewable(problem_, "SUN", {50, 20, 0}).reserve_up = false;
  solution_.devices.push_back({.power_kw = {30, 20, 0}});
  const RegionSupply supply = Area();
  EXPECT_THAT(supply.net_load_change_kw, ElementsAre(60, -20, 0)) << "50, 110, 90";
  EXPECT_THAT(supply.usual_reserve_kw, ElementsAre(13, 12.4, DoubleNear(7.2, 1e-9))) << "8 % and 10 %";
}

TEST_F(RegionSupplyTest, ARenewableHelpsWithWhatIsCurtailedAndMayBeCurtailed) {
  testing::AddRenewable(problem_, "SUN", {50, 40, 45}).reserve_up = false;
  solution_.devices.push_back({.power_kw = {30, 40, 0}});
  const RegionSupply supply = Area();
  EXPECT_THAT(supply.ramp_up_kw, ElementsAre(10, 0, 0)) << "of 20 kW curtailed the clouds leave 10";
  EXPECT_THAT(supply.ramp_down_kw, ElementsAre(30, 40, 0));
  EXPECT_THAT(supply.headroom_up_kw, ElementsAre(0, 0, 0)) << "weather is no promise";
  EXPECT_THAT(supply.headroom_down_kw, ElementsAre(30, 40, 0));
}

TEST_F(RegionSupplyTest, StorageGoesAsFarAsItsEnergyCarries) {
  Add(testing::Battery("BATT"), {-100, 0, 0}, {290, 20, 400});  // 100 kW, 400 kWh, 90 % each way
  const RegionSupply supply = Area();
  EXPECT_THAT(supply.headroom_up_kw, ElementsAre(200, 100, 100));
  EXPECT_THAT(supply.ramp_up_kw, ElementsAre(200, DoubleNear(18, 1e-9), 0)) << "20 kWh are 18 at the meter";
  EXPECT_THAT(supply.ramp_down_kw, ElementsAre(0, 100, 0)) << "110 kWh of room take 100 kW";
}

TEST_F(RegionSupplyTest, AUnitKeepsItsRampsAndIsNotStarted) {
  Add(Plant(20, 80, 0.5), {40, 70, 70});
  EXPECT_THAT(Area().ramp_up_kw, ElementsAre(30, 10, 0));
  EXPECT_THAT(Area().ramp_down_kw, ElementsAre(6, 6, 0));
  solution_.devices[0].on = {1, 0, 1};
  EXPECT_THAT(Area().ramp_up_kw, ElementsAre(30, 0, 0));
}

TEST_F(RegionSupplyTest, PartsCountForWhatIsAboveThem) {
  Region part;
  part.id = "PART";
  part.parent = 0;
  part.demand_kw = {10, 20, 20};
  problem_.regions.push_back(part);
  Device battery = testing::Battery("BATT");
  battery.region = 1;
  Add(battery, {0, 0, 0}, {200, 200, 200});
  Add(testing::Battery("OTHER"), {0, 0, 0}, {200, 200, 200});
  const auto supply = SupplyOf(problem_, solution_);
  EXPECT_THAT(supply[0].headroom_up_kw, Each(200));
  EXPECT_THAT(supply[1].headroom_up_kw, Each(100));
  EXPECT_THAT(supply[0].net_load_change_kw, ElementsAre(40, -40, 0));
  EXPECT_THAT(supply[1].net_load_change_kw, ElementsAre(10, 0, 0));
}

TEST_F(RegionSupplyTest, NothingIsNegativeWhateverIsScheduled) {
  int judged = 0;
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    const Problem problem = testing::RandomProblem(seed, {.committable_units = true, .flexible_loads = true});
    const auto solution = GreedySolver().Solve(problem, {});
    if (!solution.ok()) continue;
    ++judged;
    for (const RegionSupply& supply : SupplyOf(problem, *solution)) {
      for (const Series& series : {supply.headroom_up_kw, supply.headroom_down_kw, supply.ramp_up_kw,
                                   supply.ramp_down_kw, supply.usual_reserve_kw}) {
        EXPECT_THAT(series, Each(Ge(0)));
      }
    }
  }
  EXPECT_GT(judged, 20);
}

}  // namespace
}  // namespace derms::dispatch
