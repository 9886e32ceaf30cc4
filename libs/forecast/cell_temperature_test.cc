#include "libs/forecast/cell_temperature.h"

#include <gtest/gtest.h>

namespace derms::forecast {
namespace {

TEST(CellTemperature, FollowsSandia) {  // pvlib 0.16.1, temperature.sapm_cell; the first also in its documentation
  using enum PvMounting;
  EXPECT_NEAR(CellTemperatureC(1000, 10, 0, kOpenRackGlassGlass), 44.11703066, 1e-8);
  EXPECT_NEAR(CellTemperatureC(1000, 10, 0, kOpenRackGlassPolymer), 41.43882471, 1e-8);
  EXPECT_NEAR(CellTemperatureC(1000, 10, 0, kCloseMountGlassGlass), 61.79283386, 1e-8);
  EXPECT_NEAR(CellTemperatureC(1000, 10, 0, kInsulatedBackGlassPolymer), 70.20499239, 1e-8);
  EXPECT_NEAR(CellTemperatureC(500, 25, 3, kOpenRackGlassGlass), 39.51897747, 1e-8);
  EXPECT_NEAR(CellTemperatureC(500, 25, 3, kInsulatedBackGlassPolymer), 51.26160794, 1e-8);
}

TEST(CellTemperature, IsThatOfTheAirInTheDark) {
  EXPECT_DOUBLE_EQ(CellTemperatureC(0, -7, 4, PvMounting::kOpenRackGlassGlass), -7);
}

TEST(CellTemperature, RisesWithSunAndFallsWithWind) {
  for (double wind = 0; wind < 12; ++wind) {
    const auto at = [&](double sun, double speed) {
      return CellTemperatureC(sun, 20, speed, PvMounting::kOpenRackGlassPolymer);
    };
    EXPECT_GT(at(900, wind), at(800, wind));
    EXPECT_LT(at(800, wind + 1), at(800, wind));
  }
}

}  // namespace
}  // namespace derms::forecast
