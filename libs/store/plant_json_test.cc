#include "libs/store/plant_json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace derms::store {
namespace {

using domain::Plant;

TEST(PlantJson, SurvivesBothWays) {
  const Plant plants[] = {
      domain::SolarPlant{.tilt_deg = 0, .azimuth_deg = 180, .mounting = domain::PvMounting::kCloseMountGlassGlass},
      domain::WindPlant{.hub_height_m = 100, .roughness_length_m = 0.1, .power_curve = {{3, 0}, {12, 1}, {25, 1}}},
      domain::HydroPlant{.design_flow_m3_per_s = 4, .min_flow_share = 0.1},
      domain::GeothermalPlant{.availability_factor = 0.9, .derating_per_c = 0.01}, domain::GeothermalPlant{}};
  for (const Plant& plant : plants) {
    const domain::SharedPlant read = PlantOfJson(nlohmann::json::parse(PlantJson(plant).dump()));
    ASSERT_TRUE(read) << PlantJson(plant);
    EXPECT_EQ(*read, plant) << PlantJson(plant);
  }
}

TEST(PlantJson, SaysWhatWasGivenAndNothingElse) {
  EXPECT_EQ(PlantJson(domain::SolarPlant{.tilt_deg = 0}).dump(), R"({"solar":{"tilt_deg":0.0}})");
  EXPECT_EQ(PlantJson(domain::WindPlant{.power_curve = {{3, 0}, {12, 1}}}).dump(),
            R"({"wind":{"power_curve":[[3.0,0.0],[12.0,1.0]]}})");
}

TEST(PlantJson, AKindOfANewerVersionIsNone) {
  EXPECT_FALSE(PlantOfJson(nlohmann::json::parse(R"({"tidal":{"depth_m":3}})")));
  EXPECT_FALSE(PlantOfJson(nlohmann::json::parse("{}")));
}

}  // namespace
}  // namespace derms::store
