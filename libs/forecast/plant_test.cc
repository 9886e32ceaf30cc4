#include "libs/forecast/plant.h"

#include <gtest/gtest.h>

namespace derms::forecast {
namespace {

const absl::Time kNoon = absl::FromUnixSeconds(1594843200);  // 2020-07-15T12:00-08:00

TEST(PlantShare, IsThatOfItsKind) {
  const Weather weather{.global_w_per_m2 = 800, .air_c = 25, .wind_speed_m_per_s = 7, .flow_m3_per_s = 5};
  const PvPlant pv{.place = {36, -120}};
  const PvWeather sun{.global_w_per_m2 = 800, .air_c = 25, .wind_speed_m_per_s = 7};
  EXPECT_EQ(PlantShare(pv, kNoon, absl::Hours(1), weather), PvShare(pv, kNoon, absl::Hours(1), sun));
  const WindWeather wind{.wind_speed_m_per_s = 7, .air_c = 25};
  EXPECT_EQ(PlantShare(WindPlant{}, kNoon, absl::Hours(1), weather), WindShare({}, wind));
  EXPECT_EQ(PlantShare(HydroPlant{.design_flow_m3_per_s = 10}, kNoon, absl::Hours(1), weather), 0.5);
  EXPECT_EQ(PlantShare(GeothermalPlant{.availability_factor = 0.9}, kNoon, absl::Hours(1), weather), 0.9);
}

TEST(PlantShare, IsUnknownWithoutTheWeatherItCannotDoWithout) {
  EXPECT_FALSE(PlantShare(PvPlant{.place = {36, -120}}, kNoon, absl::Hours(1), {.air_c = 25}).has_value());
  EXPECT_FALSE(PlantShare(WindPlant{}, kNoon, absl::Hours(1), {.air_c = 25}).has_value());
  EXPECT_FALSE(PlantShare(HydroPlant{.design_flow_m3_per_s = 1}, kNoon, absl::Hours(1), {.air_c = 25}).has_value());
  EXPECT_FALSE(PlantShare(GeothermalPlant{.derating_per_c = 0.01}, kNoon, absl::Hours(1), {}).has_value());
  EXPECT_EQ(PlantShare(GeothermalPlant{}, kNoon, absl::Hours(1), {}), 1) << "nothing depends on the air";
}

}  // namespace
}  // namespace derms::forecast
