// The small ideas that the engine stands on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "libs/dispatch/fleet/blocks.h"
#include "libs/dispatch/fleet/fleet_builder.h"
#include "libs/dispatch/fleet/renewable_response.h"
#include "libs/dispatch/fleet/workers.h"

namespace derms::dispatch::fleet {
namespace {

using ::testing::ElementsAre;

TEST(BlocksTest, AreEvenSamplesOfAnyRunOfDevices) {
  const Blocks blocks(8, 2);  // seven eighths, a sixteenth, two halves of the last sixteenth
  ASSERT_EQ(blocks.count(), 10);
  for (std::uint32_t start : {0U, 1000U, 123456U}) {
    std::vector<int> counts(10, 0);
    for (std::uint32_t i = start; i < start + 1024; ++i) ++counts[static_cast<std::size_t>(blocks.BlockOf(i))];
    EXPECT_THAT(counts, ElementsAre(128, 128, 128, 128, 128, 128, 128, 64, 32, 32));
  }
  std::vector<int> few(10, 0);
  for (std::uint32_t i = 64; i < 128; ++i) ++few[static_cast<std::size_t>(blocks.BlockOf(i))];
  EXPECT_THAT(few, ElementsAre(8, 8, 8, 8, 8, 8, 8, 4, 2, 2));
}

TEST(MeritOrderTest, TakesWhatIsCheaperThanThePrice) {
  Renewables renewables;
  renewables.capacity_kw = {10, 20, 30};
  renewables.marginal_cost_usd_per_kwh = {0.00F, 0.01F, 0.02F};
  renewables.curtailment_price_usd_per_kwh = {0.02F, 0.02F, 0.0F};
  RenewableClass all;
  all.end = 3;
  const MeritOrder order(renewables, all);
  EXPECT_EQ(order.TakenAt(-0.05), 0.0);
  EXPECT_EQ(order.TakenAt(-0.015), 10.0);
  EXPECT_EQ(order.TakenAt(0.0), 30.0);
  EXPECT_EQ(order.TakenAt(0.5), 60.0);
  EXPECT_NEAR(order.NetCost(20.0), -0.02 * 10 - 0.01 * 10, 1e-7);
  EXPECT_NEAR(order.NetCost(60.0), -0.02 * 10 - 0.01 * 20 + 0.02 * 30, 1e-7);
  EXPECT_NEAR(order.curtailment_usd_per_hour(), 0.02 * 30, 1e-7);
}

TEST(FleetBuilderTest, PutsRegionsTogetherAndRemembersOrigins) {
  FleetBuilder builder;
  for (std::uint32_t i = 0; i < 40; ++i) {
    StorageRow row{};
    row.region = static_cast<int>(i % 2);
    row.energy_max_kwh = static_cast<float>(i + 1);
    row.discharge_max_kw = 1.0F;
    row.origin = i;
    builder.Add(row);
  }
  Fleet fleet;
  FleetOrigin origin;
  builder.Build(fleet, &origin);
  ASSERT_EQ(fleet.storages.groups.size(), 2U);
  for (const DeviceGroup& group : fleet.storages.groups) {
    EXPECT_EQ(group.size(), 20U);
    double first_half = 0.0, second_half = 0.0;
    for (std::uint32_t i = group.begin; i < group.end; ++i) {
      EXPECT_EQ(static_cast<int>(origin.storage[i] % 2), group.region);
      EXPECT_EQ(fleet.storages.energy_max_kwh[i], static_cast<float>(origin.storage[i] + 1));
      (i < group.begin + 10 ? first_half : second_half) += static_cast<double>(fleet.storages.energy_max_kwh[i]);
    }
    EXPECT_LT(first_half, second_half);  // alike beside alike: the small ones first
  }
}

TEST(WorkersTest, DoEveryJobOnceOverManyRounds) {
  Workers workers(3);
  for (int round = 0; round < 200; ++round) {
    std::vector<std::atomic<int>> done(17);
    workers.Run(done.size(), [&](std::size_t job, std::size_t worker) {
      EXPECT_LT(worker, 3U);
      ++done[job];
    });
    for (const std::atomic<int>& times : done) EXPECT_EQ(times, 1);
  }
}

}  // namespace
}  // namespace derms::dispatch::fleet
