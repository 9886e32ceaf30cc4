#include "libs/forecast/hydro.h"

#include <gtest/gtest.h>

namespace derms::forecast {
namespace {

TEST(HydroPower, IsDensityTimesGravityTimesFlowTimesHead) {
  EXPECT_DOUBLE_EQ(HydroPowerKw(1, 1, 1), 9.81);
  EXPECT_DOUBLE_EQ(HydroPowerKw(10, 25, 0.85), 9.81 * 10 * 25 * 0.85);
}

TEST(HydroShare, UsesWhatTheRiverMayGive) {
  const HydroPlant plant{.design_flow_m3_per_s = 8, .residual_flow_m3_per_s = 2, .min_flow_share = 0.25};
  EXPECT_DOUBLE_EQ(HydroShare(plant, 6), 0.5);
  EXPECT_DOUBLE_EQ(HydroShare(plant, 10), 1);
  EXPECT_DOUBLE_EQ(HydroShare(plant, 50), 1) << "a flood gives no more";
  EXPECT_DOUBLE_EQ(HydroShare(plant, 4), 0.25);
  EXPECT_EQ(HydroShare(plant, 3.9), 0) << "too little turns nothing";
  EXPECT_EQ(HydroShare(plant, 1), 0) << "the residual flow is not touched";
}

}  // namespace
}  // namespace derms::forecast
