#include "libs/gridcode/response.h"

#include <gtest/gtest.h>

namespace derms::gridcode {
namespace {

TEST(Lag, ReachesNineTenthsOfAStepAfterTheOpenLoopResponseTime) {
  Lag lag(5);
  lag.Follow(0, 1);
  for (int i = 0; i < 500; ++i) lag.Follow(1, 0.01);
  EXPECT_NEAR(lag.value(), 0.9, 1e-9);
}

TEST(Lag, DoesNotHangOnTheStep) {
  Lag coarse(10), fine(10);
  coarse.Follow(2, 0);
  fine.Follow(2, 0);
  coarse.Follow(1, 3);
  for (int i = 0; i < 30; ++i) fine.Follow(1, 0.1);
  EXPECT_NEAR(coarse.value(), fine.value(), 1e-12);
}

TEST(Lag, TheFirstValueIsSteadyAndNoTimeIsNoLag) {
  Lag lag(5);
  EXPECT_EQ(lag.Follow(7, 1), 7);
  Lag none(0);
  none.Follow(0, 1);
  EXPECT_EQ(none.Follow(3, 0.001), 3);
}

}  // namespace
}  // namespace derms::gridcode
