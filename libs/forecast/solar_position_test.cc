#include "libs/forecast/solar_position.h"

#include <gtest/gtest.h>

#include <string>

namespace derms::forecast {
namespace {

absl::Time At(const std::string& text) {
  absl::Time time;
  std::string error;
  EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, text, &time, &error)) << error;
  return time;
}

struct Sight {
  const char* time;
  Place place;
  double zenith_deg, azimuth_deg;
};

// pvlib 0.16.1, solarposition.spa_python (the full NREL series), zenith without refraction. The first is the example
// of Reda and Andreas, NREL/TP-560-34302, table A5.1.
constexpr Sight kSights[] = {
    {"2003-10-17T12:30:30-07:00", {39.742476, -105.1786}, 50.12795, 194.34024},
    {"2020-06-21T12:00:00-08:00", {37.8583, -120.8917}, 14.47405, 174.90194},
    {"2020-12-21T09:30:00-08:00", {34.1, -117.4}, 66.22955, 145.39491},
    {"2020-03-20T17:30:00+10:00", {-33.87, 151.21}, 83.2866, 274.60679},
    {"2010-07-01T12:30:00+01:00", {52.5, 13.4}, 29.6474, 189.21608},
    {"2045-01-15T08:30:00-08:00", {34.1, -117.4}, 74.19126, 129.84111},
};

TEST(SolarPosition, IsWithinAHundredthOfADegreeOfTheFullSeries) {
  for (const Sight& sight : kSights) {
    const SolarPosition found = SolarPositionAt(At(sight.time), sight.place);
    EXPECT_NEAR(found.zenith_deg, sight.zenith_deg, 0.01) << sight.time;
    EXPECT_NEAR(found.azimuth_deg, sight.azimuth_deg, 0.012) << sight.time;  // the azimuth widens near the zenith
  }
}

TEST(SolarPosition, IsDownAtMidnightAndUpAtNoonAllYearInCalifornia) {
  const Place place{36, -120};
  for (int day = 0; day < 366; ++day) {
    const absl::Time midnight = At("2020-01-01T08:00:00Z") + absl::Hours(24 * day);
    EXPECT_FALSE(SolarPositionAt(midnight, place).is_up()) << day;
    EXPECT_TRUE(SolarPositionAt(midnight + absl::Hours(12), place).is_up()) << day;
  }
}

TEST(SolarPosition, RisesInTheEastAndSetsInTheWest) {
  const Place place{36, -120};
  EXPECT_LT(SolarPositionAt(At("2020-07-15T07:00:00-08:00"), place).azimuth_deg, 180);
  EXPECT_GT(SolarPositionAt(At("2020-07-15T17:00:00-08:00"), place).azimuth_deg, 180);
}

TEST(SolarPosition, IsDefinedBeforeTheEpoch) {
  const SolarPosition found = SolarPositionAt(At("1960-06-21T12:00:00Z"), {0, 0});
  EXPECT_NEAR(found.zenith_deg, 23.45, 0.2);
  EXPECT_TRUE(found.azimuth_deg < 5 || found.azimuth_deg > 355) << found.azimuth_deg;
}

TEST(Extraterrestrial, FollowsSpencer) {  // pvlib 0.16.1, irradiance.get_extra_radiation(day)
  EXPECT_NEAR(ExtraterrestrialWPerM2(1), 1413.981805, 1e-6);
  EXPECT_NEAR(ExtraterrestrialWPerM2(100), 1360.789792, 1e-6);
  EXPECT_NEAR(ExtraterrestrialWPerM2(172), 1321.623593, 1e-6);
  EXPECT_NEAR(ExtraterrestrialWPerM2(300), 1383.636203, 1e-6);
  EXPECT_DOUBLE_EQ(ExtraterrestrialWPerM2(At("2020-01-01T10:00:00Z")), ExtraterrestrialWPerM2(1));
}

}  // namespace
}  // namespace derms::forecast
