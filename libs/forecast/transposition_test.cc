#include "libs/forecast/transposition.h"

#include <gtest/gtest.h>

#include <cmath>

#include "libs/forecast/angles.h"

namespace derms::forecast {
namespace {

// Expected figures are outputs of pvlib 0.16.1 for the same inputs.

TEST(Incidence, IsTheAngleBetweenSunAndNormal) {  // irradiance.aoi
  EXPECT_NEAR(IncidenceAngleDeg({20, 180}, {50.11162, 194.34024}), 31.03273627, 1e-8);
  EXPECT_NEAR(IncidenceAngleDeg({30, 90}, {60, 120}), 36.09778103, 1e-8);
  EXPECT_NEAR(IncidenceAngleDeg({30, 90}, {30, 90}), 0, 1e-6) << "facing the sun";
  EXPECT_NEAR(IncidenceAngleDeg({0, 180}, {41, 300}), 41, 1e-9) << "flat: the zenith angle";
}

TEST(SplitGlobal, FollowsErbs) {  // irradiance.erbs on days 172 and 10
  const double summer = ExtraterrestrialWPerM2(172), winter = ExtraterrestrialWPerM2(10);
  const Irradiance half = SplitGlobal(500, {40, 180}, summer);
  EXPECT_NEAR(half.direct_w_per_m2, 214.185343, 1e-6);
  EXPECT_NEAR(half.diffuse_w_per_m2, 335.924508, 1e-6);
  const Irradiance clear = SplitGlobal(900, {30, 180}, summer);
  EXPECT_NEAR(clear.direct_w_per_m2, 867.791455, 1e-6);
  EXPECT_NEAR(clear.diffuse_w_per_m2, 148.470554, 1e-6);
  const Irradiance overcast = SplitGlobal(100, {70, 180}, winter);
  EXPECT_NEAR(overcast.direct_w_per_m2, 5.442381, 1e-6);
  EXPECT_NEAR(overcast.diffuse_w_per_m2, 98.138596, 1e-6);
  EXPECT_NEAR(SplitGlobal(1000, {20, 180}, summer).diffuse_w_per_m2, 165, 1e-9);
  const Irradiance low = SplitGlobal(50, {85, 120}, winter);
  EXPECT_NEAR(low.direct_w_per_m2, 96.795599, 1e-6);
}

TEST(SplitGlobal, PartsMakeUpTheWhole) {
  for (double zenith = 0; zenith < 90; zenith += 4.5) {
    for (double global = 0; global <= 1200; global += 60) {
      const Irradiance split = SplitGlobal(global, {zenith, 180}, 1366);
      EXPECT_GE(split.direct_w_per_m2, 0);
      EXPECT_NEAR(split.direct_w_per_m2 * std::cos(Radians(zenith)) + split.diffuse_w_per_m2, global, 1e-9)
          << zenith << " " << global;
    }
  }
}

TEST(CompleteIrradiance, TakesWhatIsMeasuredAndFillsTheRest) {
  const SolarPosition sun{60, 180};  // half of the direct light reaches the horizontal
  EXPECT_NEAR(CompleteIrradiance({}, 600, 100, sun, 1366)->global_w_per_m2, 400, 1e-9);
  EXPECT_NEAR(CompleteIrradiance(400, {}, 100, sun, 1366)->direct_w_per_m2, 600, 1e-9);
  EXPECT_NEAR(CompleteIrradiance(400, 600, {}, sun, 1366)->diffuse_w_per_m2, 100, 1e-9);
  EXPECT_NEAR(CompleteIrradiance(400, {}, {}, sun, 1366)->direct_w_per_m2, SplitGlobal(400, sun, 1366).direct_w_per_m2,
              1e-12);
  EXPECT_FALSE(CompleteIrradiance({}, 600, {}, sun, 1366).has_value());
}

struct Case {
  Plane plane;
  double diffuse, direct, extraterrestrial;
  SolarPosition sun;
  double beam, sky, ground;
};

// irradiance.beam_component, .haydavies, .get_ground_diffuse (albedo 0.2)
constexpr Case kCases[] = {
    {{30, 180}, 100, 700, 1400, {40, 190}, 685.947541, 110.610701, 8.523881},
    {{20, 180}, 80, 900, 1366.1, {30, 180}, 886.326978, 86.405833, 5.182954},
    {{90, 90}, 60, 300, 1366.1, {80, 100}, 290.953893, 97.002563, 11.209445},
    {{30, 0}, 60, 300, 1366.1, {80, 180}, 0, 43.687205, 1.501781},  // the sun stands behind the plane
};

TEST(OnPlane, FollowsHayAndDavies) {
  for (const Case& c : kCases) {
    const double global = c.direct * std::cos(Radians(c.sun.zenith_deg)) + c.diffuse;
    const PlaneIrradiance found = OnPlane({global, c.direct, c.diffuse}, c.plane, c.sun, c.extraterrestrial, 0.2);
    EXPECT_NEAR(found.beam_w_per_m2, c.beam, 1e-6);
    EXPECT_NEAR(found.sky_w_per_m2, c.sky, 1e-6);
    EXPECT_NEAR(found.ground_w_per_m2, c.ground, 1e-6);
  }
}

TEST(OnPlane, AFlatPlaneSeesTheGlobalIrradiance) {
  for (double zenith = 0; zenith < 88; zenith += 8) {
    const Irradiance light = SplitGlobal(600, {zenith, 150}, 1366);
    EXPECT_NEAR(OnPlane(light, {0, 180}, {zenith, 150}, 1366, 0.2).total_w_per_m2(), 600, 1e-9) << zenith;
  }
}

TEST(OnPlane, IsNothingAtNightWhateverIsMeasured) {
  EXPECT_EQ(OnPlane({5, 3, 5}, {30, 180}, {95, 10}, 1366, 0.2).total_w_per_m2(), 0);
}

TEST(IncidenceModifier, FollowsAshrae) {  // iam.ashrae, b 0.05
  EXPECT_DOUBLE_EQ(IncidenceModifier(0), 1);
  EXPECT_NEAR(IncidenceModifier(30), 0.99226497, 1e-8);
  EXPECT_NEAR(IncidenceModifier(60), 0.95, 1e-12);
  EXPECT_NEAR(IncidenceModifier(85), 0.47631434, 1e-8);
  EXPECT_EQ(IncidenceModifier(90), 0);
  EXPECT_EQ(IncidenceModifier(100), 0);
}

}  // namespace
}  // namespace derms::forecast
