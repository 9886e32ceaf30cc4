#include "libs/forecast/wind.h"

#include <gtest/gtest.h>

namespace derms::forecast {
namespace {

// Expected figures are outputs of windpowerlib 0.2.2 for the same inputs.

TEST(WindProfile, BringsTheSpeedToAnotherHeight) {
  EXPECT_NEAR(LogarithmicProfile(5, 10, 100, 0.15), 7.741365227, 1e-9);
  EXPECT_NEAR(PowerLawProfile(5, 10, 100), 6.947477472, 1e-9);
  EXPECT_DOUBLE_EQ(LogarithmicProfile(7, 80, 80, 0.15), 7);
  EXPECT_DOUBLE_EQ(PowerLawProfile(7, 80, 80), 7);
}

TEST(AirDensity, FollowsTheIdealGas) {
  EXPECT_NEAR(TemperatureAtHeightC(267.6 - 273.15, 2, 100), 266.963 - 273.15, 1e-9);
  EXPECT_NEAR(AirDensityKgPerM3(98405.7, 100, 267.0 - 273.15), 1.267614998, 1e-9);
  EXPECT_NEAR(AirDensityKgPerM3(101325, 0, 15), kStandardDensityKgPerM3, 1e-4);
}

// Part of the V90/2000 of the OpenEnergy database, over 2 MW (its data are MIT-licensed with windpowerlib).
PowerCurve PartOfV90() {
  std::vector<PowerCurvePoint> points;
  const double kw[] = {1087.6, 1247.1, 1429.6, 1594.3, 1742.9, 1861.2, 1948.1, 1993.3, 2003.5};  // from 8.5 m/s by 0.5
  for (std::size_t i = 0; i < std::size(kw); ++i) points.push_back({8.5 + 0.5 * static_cast<double>(i), kw[i] / 2000});
  return PowerCurve(std::move(points));
}

TEST(PowerCurve, IsLinearBetweenItsPoints) {
  EXPECT_NEAR(PartOfV90().ShareAt(10.0) * 2000, 1594.3, 1e-9);
  EXPECT_NEAR(PartOfV90().ShareAt(12.25) * 2000, 1998.4, 1e-9);
}

TEST(PowerCurve, MovesWithTheDensityOfTheAir) {
  EXPECT_NEAR(PartOfV90().ShareAt(10.0, 1.1) * 2000, 1432.71276562033, 1e-9);
  EXPECT_NEAR(PartOfV90().ShareAt(12.25, 1.1) * 2000, 1945.50892675911, 1e-9);
}

TEST(PowerCurve, IsNothingOutside) {
  EXPECT_EQ(PartOfV90().ShareAt(8.4), 0);
  EXPECT_EQ(PartOfV90().ShareAt(12.6), 0);
  EXPECT_EQ(PowerCurve::Cubic().ShareAt(2.9), 0);
  EXPECT_EQ(PowerCurve::Cubic().ShareAt(25.1), 0);
}

TEST(PowerCurve, OfTheTextbookIsCubic) {
  const PowerCurve curve = PowerCurve::Cubic(3, 12, 25);
  EXPECT_DOUBLE_EQ(curve.ShareAt(3), 0);
  EXPECT_NEAR(curve.ShareAt(9), (729.0 - 27) / (1728 - 27), 1e-12);
  EXPECT_DOUBLE_EQ(curve.ShareAt(12), 1);
  EXPECT_DOUBLE_EQ(curve.ShareAt(25), 1);
}

TEST(RotorPower, IsAnEighthOfDensityTimesPiTimesDiameterSquared) {
  EXPECT_NEAR(RotorPowerW(1.225, 90, 10, 0.4), 1.225 / 8 * 3.14159265358979 * 8100 * 1000 * 0.4, 1e-6);
}

TEST(WindShare, StaysWithinRatedPowerAndRisesUpToIt) {
  const WindPlant plant;
  double last = 0;
  for (double speed = 0; speed < 17; speed += 0.1) {  // 25 m/s at the hub are 18.6 at 10 m
    const double share = WindShare(plant, {.wind_speed_m_per_s = speed});
    EXPECT_GE(share, last) << speed;
    EXPECT_LE(share, 1);
    last = share;
  }
  EXPECT_EQ(last, 1);
  EXPECT_EQ(WindShare(plant, {.wind_speed_m_per_s = 20}), 0) << "a storm stops it";
}

TEST(WindShare, ThinAirGivesLess) {
  const WindPlant plant;
  const WindWeather sea{.wind_speed_m_per_s = 7, .air_c = 15, .pressure_pa = 101325};
  const WindWeather hill{.wind_speed_m_per_s = 7, .air_c = 15, .pressure_pa = 85000};
  EXPECT_LT(WindShare(plant, hill), WindShare(plant, sea));
}

TEST(WindShare, RoughGroundSlowsBelowTheMeasurement) {
  const WindPlant low{.hub_height_m = 5, .wind_speed_height_m = 10, .roughness_length_m = 0.1};
  EXPECT_LT(WindShare(low, {.wind_speed_m_per_s = 8}), low.curve.ShareAt(8));
}

}  // namespace
}  // namespace derms::forecast
