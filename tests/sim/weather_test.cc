#include "tests/sim/weather.h"

#include <gtest/gtest.h>

#include <cmath>

namespace derms::sim {
namespace {

constexpr double kDegrees = -120;  // solar noon at 20:00 UTC

double Sun(int utc_hour) {
  return AvailableShare(1, domain::DerType::kSolar, "NORTH", kDegrees, absl::FromUnixSeconds(3600 * utc_hour));
}

TEST(Weather, TheSunShinesByDayAndMostAtNoon) {
  EXPECT_EQ(Sun(8), 0);
  EXPECT_EQ(Sun(13), 0) << "5 o'clock of solar time";
  EXPECT_GT(Sun(20), 0.29);
}

TEST(Weather, IsAShareThatDriftsWithoutJumps) {
  double before = -1;
  for (int second = 0; second < 7200; second += 10) {
    const double share = AvailableShare(7, domain::DerType::kWind, "NORTH", kDegrees, absl::FromUnixSeconds(second));
    EXPECT_GE(share, 0.2);
    EXPECT_LE(share, 1);
    if (before >= 0) {
      EXPECT_LT(std::abs(share - before), 0.05);
    }
    before = share;
  }
}

TEST(Weather, IsAMatterOfTheSeedAndTheRegion) {
  const auto wind = [](std::uint64_t seed, const char* region) {
    return AvailableShare(seed, domain::DerType::kWind, region, 0, absl::FromUnixSeconds(1000));
  };
  EXPECT_EQ(wind(1, "NORTH"), wind(1, "NORTH"));
  EXPECT_NE(wind(1, "NORTH"), wind(2, "NORTH"));
  EXPECT_NE(wind(1, "NORTH"), wind(1, "SOUTH"));
  EXPECT_EQ(AvailableShare(1, domain::DerType::kHydro, "NORTH", 0, absl::FromUnixSeconds(0)), 1);
}

}  // namespace
}  // namespace derms::sim
