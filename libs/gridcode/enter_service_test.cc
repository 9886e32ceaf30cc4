#include "libs/gridcode/enter_service.h"

#include <gtest/gtest.h>

#include "libs/gridcode/testing/samples.h"

namespace derms::gridcode {
namespace {

EnterServiceSettings Defaults() {
  return testing::Ieee1547().Defaults(testing::PlateOf(NormalCategory::kB, AbnormalCategory::kIII)).enter_service;
}

TEST(EnterService, TheWindowIncludesItsEdges) {
  for (const double v_pu : {0.917, 1.0, 1.05}) EXPECT_TRUE(MayEnterService(Defaults(), v_pu, 60));
  for (const double f_hz : {59.5, 60.0, 60.1}) EXPECT_TRUE(MayEnterService(Defaults(), 1, f_hz));
  EXPECT_FALSE(MayEnterService(Defaults(), 0.9169, 60));
  EXPECT_FALSE(MayEnterService(Defaults(), 1.0501, 60));
  EXPECT_FALSE(MayEnterService(Defaults(), 1, 59.49));
  EXPECT_FALSE(MayEnterService(Defaults(), 1, 60.11));
  EnterServiceSettings forbidden = Defaults();
  forbidden.permit = false;
  EXPECT_FALSE(MayEnterService(forbidden, 1, 60));
}

TEST(EnterService, WaitsForTheWholeDelayWithoutABreak) {
  EnterServiceWait wait(Defaults(), 0);
  EXPECT_LT(wait.Advance(200, 1, 60), 0);
  EXPECT_LT(wait.Advance(1, 0.9, 60), 0) << "a break";
  EXPECT_LT(wait.Advance(299, 1, 60), 0) << "from the beginning again";
  EXPECT_DOUBLE_EQ(wait.Advance(5, 1, 60), 4) << "over after 1 of 5 seconds";
}

TEST(EnterService, ARandomDelayIsAdded) {
  EnterServiceSettings settings = Defaults();
  settings.random_delay_s = 1000;
  EnterServiceWait wait(settings, 0.25);
  EXPECT_LT(wait.Advance(549, 1, 60), 0);
  EXPECT_GE(wait.Advance(1, 1, 60), 0);
}

TEST(EnterService, RampsToAllOfThePower) {
  EXPECT_EQ(EnterServiceRamp(Defaults(), 0), 0);
  EXPECT_DOUBLE_EQ(EnterServiceRamp(Defaults(), 75), 0.25);
  EXPECT_EQ(EnterServiceRamp(Defaults(), 1e4), 1);
  EnterServiceSettings at_once = Defaults();
  at_once.ramp_s = 0;
  EXPECT_EQ(EnterServiceRamp(at_once, 0), 1);
}

}  // namespace
}  // namespace derms::gridcode
