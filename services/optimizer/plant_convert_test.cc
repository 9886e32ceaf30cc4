#include "services/optimizer/plant_convert.h"

#include <gmock/gmock.h>

#include "libs/base/error.h"

namespace derms::optimizer {
namespace {

using domain::DerType;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

domain::Der DerOf(DerType type) {
  domain::Der der;
  der.der_id = "DER-1";
  der.type = type;
  der.latitude_deg = 36;
  der.longitude_deg = -120;
  return der;
}

absl::StatusOr<DescribedPlant> PlantOf(const domain::Der& der, const v1::PredictAvailabilityRequest& request) {
  return optimizer::PlantOf(der, GivenPlantOf(der, request).plant);
}

TEST(GivenPlantOf, TheRequestsPlantWinsOverTheStoredOneAsAWhole) {
  domain::Der der = DerOf(DerType::kSolar);
  v1::PredictAvailabilityRequest request;
  EXPECT_FALSE(GivenPlantOf(der, request).plant);
  EXPECT_EQ(GivenPlantOf(der, request).source, v1::PLANT_SOURCE_DEFAULTS);
  der.parameters.plant = domain::Plant(domain::SolarPlant{.tilt_deg = 60, .albedo = 0.5});
  EXPECT_EQ(GivenPlantOf(der, request).plant, der.parameters.plant);
  EXPECT_EQ(GivenPlantOf(der, request).source, v1::PLANT_SOURCE_DER);
  request.mutable_solar()->set_tilt_deg(10);
  EXPECT_EQ(GivenPlantOf(der, request).plant, domain::SharedPlant(domain::SolarPlant{.tilt_deg = 10}));
  EXPECT_EQ(GivenPlantOf(der, request).source, v1::PLANT_SOURCE_REQUEST);
}

TEST(PlantOf, NamesEveryDefault) {
  const auto solar = PlantOf(DerOf(DerType::kSolar), {});
  ASSERT_TRUE(solar.ok()) << solar.status();
  EXPECT_THAT(solar->assumptions, ElementsAre("tilt 20 degrees", "azimuth 180 degrees", "DC to AC ratio 1.2",
                                              "losses 14.08 %, those of PVWatts", "inverter efficiency 0.96",
                                              "temperature coefficient -0.0047 per C", "albedo 0.2",
                                              "modules of glass and polymer on an open rack"));
  const auto wind = PlantOf(DerOf(DerType::kWind), {});
  ASSERT_TRUE(wind.ok());
  EXPECT_THAT(wind->assumptions, Contains("hub height 80 m"));
}

TEST(PlantOf, TakesWhatIsGiven) {
  v1::PredictAvailabilityRequest request;
  request.mutable_solar()->set_tilt_deg(0);
  request.mutable_solar()->set_mounting(v1::PV_MOUNTING_CLOSE_MOUNT_GLASS_GLASS);
  const auto solar = PlantOf(DerOf(DerType::kSolar), request);
  ASSERT_TRUE(solar.ok());
  const auto& plant = std::get<forecast::PvPlant>(solar->plant);
  EXPECT_EQ(plant.plane().tilt_deg, 0) << "flat is not unknown";
  EXPECT_EQ(plant.mounting, forecast::PvMounting::kCloseMountGlassGlass);
  EXPECT_EQ(plant.place.latitude_deg, 36);
  EXPECT_THAT(solar->assumptions, Not(Contains(HasSubstr("tilt"))));
}

TEST(PlantOf, ReadsAPowerCurve) {
  v1::PredictAvailabilityRequest request;
  for (const auto& [speed, share] : {std::pair{3.0, 0.0}, std::pair{10.0, 1.0}, std::pair{20.0, 1.0}}) {
    auto* point = request.mutable_wind()->add_power_curve();
    point->set_wind_speed_m_per_s(speed);
    point->set_power_share(share);
  }
  const auto wind = PlantOf(DerOf(DerType::kWind), request);
  ASSERT_TRUE(wind.ok()) << wind.status();
  EXPECT_DOUBLE_EQ(std::get<forecast::WindPlant>(wind->plant).curve.ShareAt(6.5), 0.5);
  request.mutable_wind()->mutable_power_curve(2)->set_wind_speed_m_per_s(10);
  EXPECT_EQ(base::ReasonOf(PlantOf(DerOf(DerType::kWind), request).status()), "INVALID_PLANT");
  request.mutable_wind()->mutable_power_curve()->DeleteSubrange(1, 2);
  EXPECT_EQ(base::ReasonOf(PlantOf(DerOf(DerType::kWind), request).status()), "INVALID_PLANT") << "one point";
}

TEST(PlantOf, RefusesGroundRougherThanTheHeights) {
  v1::PredictAvailabilityRequest request;
  request.mutable_wind()->set_wind_speed_height_m(2);
  request.mutable_wind()->set_roughness_length_m(2.5);
  EXPECT_EQ(base::ReasonOf(PlantOf(DerOf(DerType::kWind), request).status()), "INVALID_PLANT");
}

TEST(PlantOf, IsOfTheTypeOfTheDer) {
  v1::PredictAvailabilityRequest request;
  request.mutable_wind()->set_hub_height_m(100);
  EXPECT_EQ(base::ReasonOf(PlantOf(DerOf(DerType::kSolar), request).status()), "INVALID_PLANT");
  EXPECT_EQ(base::ReasonOf(PlantOf(DerOf(DerType::kBattery), {}).status()), "NO_FORECAST_MODEL");
  EXPECT_EQ(base::ReasonOf(PlantOf(DerOf(DerType::kHydro), {}).status()), "INVALID_PLANT") << "no flow of rated power";
  EXPECT_TRUE(PlantOf(DerOf(DerType::kGeothermal), {}).ok());
}

}  // namespace
}  // namespace derms::optimizer
