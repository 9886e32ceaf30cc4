#include "tests/sim/enter_service.h"

#include <gtest/gtest.h>

#include <set>

#include "absl/strings/str_cat.h"

namespace derms::sim {
namespace {

const EnterServiceOptions kOptions{absl::Seconds(300), absl::Seconds(200), absl::Seconds(100)};

EnterService Of(int number, double capacity_kw = 100, std::uint64_t seed = 1) {
  return {kOptions, seed, absl::StrCat("D-", number), capacity_kw};
}

TEST(EnterService, OfNobodyWhoSaysNothingIsAtOnce) {
  EXPECT_EQ(EnterService().Wait(1), absl::ZeroDuration());
  EXPECT_EQ(EnterService().ramp(), absl::ZeroDuration());
  EXPECT_EQ(EnterService({}, 1, "D-1", 100).Wait(1), absl::ZeroDuration());
}

TEST(EnterService, HasADelayAndThenARampOrARandomMoment) {
  int randomised = 0;
  std::set<absl::Duration> delays;
  for (int i = 0; i < 1000; ++i) {
    const EnterService device = Of(i);
    if (device.ramp() == absl::ZeroDuration()) {
      ++randomised;
      EXPECT_NE(device.Wait(1), device.Wait(2)) << "drawn anew";
      EXPECT_LE(device.Wait(1), absl::Seconds(400));
    } else {
      EXPECT_EQ(device.ramp(), absl::Seconds(200));
      EXPECT_EQ(device.Wait(1), device.Wait(2)) << "its setting";
      EXPECT_LE(device.Wait(1), absl::Seconds(300));
      delays.insert(device.Wait(1));
    }
    EXPECT_GE(device.Wait(1), absl::Seconds(150));
  }
  EXPECT_NEAR(randomised, 500, 60);
  EXPECT_GT(delays.size(), 400U);
}

TEST(EnterService, OfLargeDevicesIsARamp) {
  for (int i = 0; i < 100; ++i) EXPECT_EQ(Of(i, kRandomisedUpToKw + 1).ramp(), absl::Seconds(200));
}

TEST(EnterService, IsAMatterOfTheSeed) {
  int differ = 0;
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(Of(i).Wait(3), Of(i).Wait(3));
    differ += Of(i).Wait(3) != Of(i, 100, 2).Wait(3) ? 1 : 0;
  }
  EXPECT_EQ(differ, 100);
}

}  // namespace
}  // namespace derms::sim
