#include "tests/sim/faults.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"

namespace derms::sim {
namespace {

std::string Id(int number) {
  return absl::StrCat("DER-", number);
}

TEST(Faults, EqualSeedsGiveEqualFaultsAndOthersOthers) {
  const FaultOptions one{.seed = 1, .deaf_share = 0.3, .reject_share = 0.3, .abort_share = 0.3, .late_share = 0.3};
  FaultOptions two = one;
  two.seed = 2;
  int different = 0;
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(FaultsOf(one, Id(i)), FaultsOf(one, Id(i)));
    different += FaultsOf(one, Id(i)) == FaultsOf(two, Id(i)) ? 0 : 1;
  }
  EXPECT_GT(different, 50);
}

TEST(Faults, SharesAreKept) {
  const FaultOptions options{.deaf_share = 0.1, .reject_share = 1, .late_share = 0.5, .late_most = absl::Seconds(4)};
  int deaf = 0, late = 0;
  for (int i = 0; i < 2000; ++i) {
    const DerFaults faults = FaultsOf(options, Id(i));
    EXPECT_TRUE(faults.rejects);
    EXPECT_FALSE(faults.aborts);
    EXPECT_LE(faults.late, absl::Seconds(4));
    deaf += faults.deaf ? 1 : 0;
    late += faults.late > absl::ZeroDuration() ? 1 : 0;
  }
  EXPECT_NEAR(deaf, 200, 60);
  EXPECT_NEAR(late, 1000, 120);
}

TEST(Faults, GatewaysRestartAroundTheirAverageOrNever) {
  EXPECT_EQ(UptimeOf({}, 0, 0), absl::InfiniteDuration());
  const FaultOptions options{.restart_every = absl::Seconds(10)};
  for (int i = 0; i < 100; ++i) {
    EXPECT_GE(UptimeOf(options, i, 0), absl::Seconds(5));
    EXPECT_LE(UptimeOf(options, i, 0), absl::Seconds(15));
  }
  EXPECT_NE(UptimeOf(options, 0, 0), UptimeOf(options, 0, 1));
  EXPECT_NE(UptimeOf(options, 0, 0), UptimeOf(options, 1, 0));
}

}  // namespace
}  // namespace derms::sim
