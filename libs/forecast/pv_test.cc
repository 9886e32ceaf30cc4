#include "libs/forecast/pv.h"

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

// Expected figures are outputs of pvlib 0.16.1 for the same inputs.

TEST(PvwattsDc, FollowsTheManual) {  // pvsystem.pvwatts_dc; the first also in its documentation's test
  EXPECT_NEAR(PvwattsDc(900, 30, 100, -0.003), 88.65, 1e-12);
  EXPECT_NEAR(PvwattsDc(800, 45, 1000, -0.0047), 724.8, 1e-9);
  EXPECT_DOUBLE_EQ(PvwattsDc(1000, 25, 5, -0.0047), 5) << "standard test conditions give rated power";
  EXPECT_EQ(PvwattsDc(0, -10, 5, -0.0047), 0);
}

TEST(PvwattsInverter, FollowsTheManual) {  // inverter.pvwatts
  EXPECT_EQ(PvwattsInverter(0, 100, 0.96), 0);
  EXPECT_NEAR(PvwattsInverter(1, 100, 0.96), 0.394118999688, 1e-12);
  EXPECT_NEAR(PvwattsInverter(50, 100, 0.96), 48.109577669399, 1e-12);
  EXPECT_NEAR(PvwattsInverter(90, 100, 0.96), 86.486466742762, 1e-12);
  EXPECT_DOUBLE_EQ(PvwattsInverter(100, 100, 0.96), 96);
  EXPECT_DOUBLE_EQ(PvwattsInverter(120, 100, 0.96), 96) << "more sun than the inverter takes is clipped";
  EXPECT_EQ(PvwattsInverter(0.1, 100, 0.96), 0) << "its own need is never drawn from the grid";
}

TEST(PvwattsLosses, ComeOneAfterTheOther) {  // pvsystem.pvwatts_losses
  EXPECT_NEAR(PvwattsLosses(), 0.14075660688264469, 1e-15);
  EXPECT_EQ(CombinedLosses({}), 0);
}

TEST(PvShare, IsTheChainOfItsParts) {  // solarposition.spa_python, haydavies, iam.ashrae, sapm_cell, pvwatts_*
  const PvPlant farm{.place = {37.8583, -120.8917}};
  const auto at = [](const PvPlant& plant, const char* middle, const PvWeather& weather) {
    return *PvShare(plant, At(middle) - absl::Minutes(30), absl::Hours(1), weather);
  };
  EXPECT_NEAR(at(farm, "2020-07-15T12:30:00-08:00",
                 {.direct_w_per_m2 = 850, .diffuse_w_per_m2 = 120, .air_c = 30, .wind_speed_m_per_s = 3}),
              0.82835307, 2e-5);
  EXPECT_NEAR(at(farm, "2020-07-15T08:30:00-08:00", {.global_w_per_m2 = 420, .air_c = 24, .wind_speed_m_per_s = 2}),
              0.38118506, 2e-4);
  const PvPlant roof{.place = {34.1, -117.4}, .tilt_deg = 35, .azimuth_deg = 200};
  EXPECT_NEAR(at(roof, "2020-12-15T12:30:00-08:00", {.global_w_per_m2 = 450, .air_c = 12}), 0.65937987, 2e-4);
  const PvPlant south{.place = {-33.87, 151.21}};
  EXPECT_EQ(south.plane().azimuth_deg, 0) << "south of the equator modules face north";
  EXPECT_NEAR(at(south, "2020-01-15T12:30:00+10:00", {.global_w_per_m2 = 900, .air_c = 27, .wind_speed_m_per_s = 4}),
              0.80227460, 2e-4);
}

TEST(PvShare, IsNothingAtNightEvenWhenThePyranometerDrifts) {
  const PvPlant plant{.place = {36, -120}};
  EXPECT_EQ(*PvShare(plant, At("2020-07-15T00:00:00-08:00"), absl::Hours(1), {.global_w_per_m2 = 5}), 0);
  EXPECT_EQ(*PvShare(plant, At("2020-07-15T00:00:00-08:00"), absl::Hours(1), {}), 0) << "no irradiance is needed then";
}

TEST(PvShare, IsUnknownByDayWithoutIrradiance) {
  const PvPlant plant{.place = {36, -120}};
  EXPECT_FALSE(PvShare(plant, At("2020-07-15T12:00:00-08:00"), absl::Hours(1), {.air_c = 20}).has_value());
  EXPECT_FALSE(PvShare(plant, At("2020-07-15T12:00:00-08:00"), absl::Hours(1), {.direct_w_per_m2 = 700}).has_value());
}

TEST(PvShare, TheHourOfSunriseCountsTheSunThatIsUp) {
  const PvPlant plant{.place = {36, -120}};
  // On the equinox the sun rises at about 06:00 solar time, 06:07 of UTC-8 here: the middle of the hour is day, and so
  // is the end of the hour before only by its last minutes.
  EXPECT_GT(*PvShare(plant, At("2020-03-20T06:00:00-08:00"), absl::Hours(1), {.global_w_per_m2 = 60}), 0);
}

// On a flat plane under a sun that is not just on the horizon: elsewhere Hay and Davies take the more diffuse light
// away the stronger the beam is.
TEST(PvShare, StaysWithinRatedPowerAndRisesWithTheSun) {
  for (double latitude : {-40.0, 0.0, 36.0, 60.0}) {
    for (int hour = 0; hour < 24; ++hour) {
      const PvPlant plant{.place = {latitude, 0}, .tilt_deg = 0};
      if (SolarPositionAt(At("2020-05-10T00:30:00Z") + absl::Hours(hour), plant.place).zenith_deg > 87) continue;
      double last = 0;
      for (double light = 0; light <= 1000; light += 50) {
        const PvWeather weather{.direct_w_per_m2 = light, .diffuse_w_per_m2 = light / 5};
        const double share = *PvShare(plant, At("2020-05-10T00:00:00Z") + absl::Hours(hour), absl::Hours(1), weather);
        EXPECT_GE(share, last) << latitude << " " << hour << " " << light;
        EXPECT_LE(share, 1);
        last = share;
      }
    }
  }
}

TEST(PvShare, HeatAndLossesCost) {
  const PvWeather cool{.global_w_per_m2 = 700, .air_c = 5}, hot{.global_w_per_m2 = 700, .air_c = 40};
  PvPlant plant{.place = {36, -120}};
  const absl::Time noon = At("2020-05-10T12:00:00-08:00");
  EXPECT_GT(*PvShare(plant, noon, absl::Hours(1), cool), *PvShare(plant, noon, absl::Hours(1), hot));
  const double before = *PvShare(plant, noon, absl::Hours(1), hot);
  plant.losses_share = 0.3;
  EXPECT_LT(*PvShare(plant, noon, absl::Hours(1), hot), before);
}

}  // namespace
}  // namespace derms::forecast
