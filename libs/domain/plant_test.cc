#include "libs/domain/plant.h"

#include <gmock/gmock.h>

#include "libs/domain/der.h"

namespace derms::domain {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> RefusedFields(DerType type, const Plant& plant) {
  base::Violations violations;
  CheckPlant(type, plant, "plant", violations);
  std::vector<std::string> fields;
  for (const auto& violation : violations.list()) fields.push_back(violation.field);
  return fields;
}

TEST(CheckPlant, IsOfTheTypeOfTheDer) {
  EXPECT_THAT(RefusedFields(DerType::kSolar, SolarPlant{.tilt_deg = 30}), IsEmpty());
  EXPECT_THAT(RefusedFields(DerType::kGeothermal, GeothermalPlant()), IsEmpty());
  EXPECT_THAT(RefusedFields(DerType::kSolar, WindPlant()), ElementsAre("plant"));
  EXPECT_THAT(RefusedFields(DerType::kBattery, SolarPlant()), ElementsAre("plant"));
}

TEST(CheckPlant, RefusesGroundRougherThanTheHeights) {
  EXPECT_THAT(RefusedFields(DerType::kWind, WindPlant{.roughness_length_m = 9.9}), IsEmpty()) << "wind at 10 m";
  EXPECT_THAT(RefusedFields(DerType::kWind, WindPlant{.wind_speed_height_m = 2, .roughness_length_m = 2}),
              ElementsAre("plant.wind.roughness_length_m"));
}

TEST(CheckPlant, WantsAPowerCurveThatRisesInSpeed) {
  EXPECT_THAT(RefusedFields(DerType::kWind, WindPlant{.power_curve = {{3, 0}, {12, 1}}}), IsEmpty());
  EXPECT_THAT(RefusedFields(DerType::kWind, WindPlant{.power_curve = {{3, 0}}}), ElementsAre("plant.wind.power_curve"));
  EXPECT_THAT(RefusedFields(DerType::kWind, WindPlant{.power_curve = {{3, 0}, {12, 1}, {12, 0}}}),
              ElementsAre("plant.wind.power_curve"));
}

TEST(CheckPlant, WantsTheFlowOfRatedPowerOfAHydroPlant) {
  EXPECT_THAT(RefusedFields(DerType::kHydro, HydroPlant()), ElementsAre("plant.hydro.design_flow_m3_per_s"));
  EXPECT_THAT(RefusedFields(DerType::kHydro, HydroPlant{.design_flow_m3_per_s = 4}), IsEmpty());
}

TEST(Plant, HasANameByKind) {
  for (const Plant& plant : {Plant(SolarPlant()), Plant(WindPlant()), Plant(HydroPlant()), Plant(GeothermalPlant())}) {
    EXPECT_EQ(PlantOfKind(PlantKindName(plant)), plant);
  }
}

TEST(SharedPlant, IsComparedByWhatItIs) {
  const SharedPlant none, flat = Plant(SolarPlant{.tilt_deg = 0}), flat_too = Plant(SolarPlant{.tilt_deg = 0}),
                          steep = Plant(SolarPlant{.tilt_deg = 60});
  EXPECT_EQ(flat, flat_too);
  EXPECT_FALSE(flat == steep || flat == none);
  EXPECT_TRUE(none < flat && flat < steep && !(flat < flat_too) && !(none < none) && !(flat < none));
}

}  // namespace
}  // namespace derms::domain
