#include "services/registry/stats_handlers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/base/error.h"
#include "libs/server/testing/test_calls.h"
#include "libs/server/testing/test_fleet.h"

namespace derms::registry {
namespace {

using server::testing::Admin;
using server::testing::BatteryOf;
using server::testing::CallAs;
using server::testing::kNow;
using server::testing::Owner;

class StatsHandlersTest : public ::testing::Test {
 protected:
  StatsHandlersTest() {
    fleet_.PutDer(BatteryOf("BAT_1", "owner-1"));
    fleet_.PutDer(BatteryOf("BAT_2", "owner-2"));
  }

  server::testing::TestFleet fleet_;
  StatsHandlers handlers_{fleet_};
};

TEST_F(StatsHandlersTest, EveryoneCountsTheFleetButMeasuresOnlyWhatItMaySee) {
  fleet_.PutReading({.der_id = "BAT_1", .measured_at = kNow, .power_kw = 30});
  fleet_.PutReading({.der_id = "BAT_2", .measured_at = kNow, .power_kw = 50});
  for (const auto& [caller, measured_kw] : {std::pair(Owner("owner-1"), 30.0), std::pair(Admin(), 80.0)}) {
    server::Call call = CallAs(caller);
    const auto stats = handlers_.GetStats(call, {});
    ASSERT_TRUE(stats.ok()) << stats.status();
    EXPECT_EQ(stats->der_count(), 2);
    EXPECT_EQ(stats->capacity_kw(), 200);
    EXPECT_EQ(stats->types_size(), 6);
    EXPECT_EQ(stats->types(2).measured_power_kw(), measured_kw) << caller.subject;
    EXPECT_FALSE(stats->types(0).has_measured_power_kw());
    EXPECT_GE(stats->age_seconds(), 0);
  }
  server::Call call = CallAs(Admin());
  v1::GetStatsRequest nowhere;
  nowhere.set_region_id("MARS");
  EXPECT_EQ(base::ReasonOf(handlers_.GetStats(call, nowhere).status()), "UNKNOWN_REGION");
}

}  // namespace
}  // namespace derms::registry
