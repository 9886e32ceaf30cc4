#include "libs/wire/update_mask.h"

#include <gtest/gtest.h>

#include "libs/base/error.h"

namespace derms::wire {
namespace {

domain::Der Stored() {
  domain::Der der;
  der.der_id = "BATTERY-01";
  der.capacity_kw = 100;
  der.latitude_deg = 38;
  der.region_id = "NORTH";
  der.parameters.energy_capacity_kwh = 400;
  der.parameters.wear_usd_per_kwh = 0.01;
  return der;
}

v1::UpdateDerRequest Masked(std::initializer_list<const char*> paths) {
  v1::UpdateDerRequest request;
  for (const char* path : paths) request.mutable_update_mask()->add_paths(path);
  request.set_capacity_kw(200);
  request.mutable_location()->set_latitude_deg(35);
  request.set_region_id("SOUTH");
  request.mutable_parameters()->set_energy_capacity_kwh(800);
  request.mutable_parameters()->set_availability_series_id("solar_a");
  return request;
}

TEST(UpdateMask, ReachesTheIslandCategory) {
  domain::Der der = Stored();
  auto plant = Masked({"parameters.plant"});
  plant.mutable_parameters()->mutable_plant()->mutable_solar()->set_tilt_deg(30);
  ASSERT_TRUE(ApplyUpdate(plant, der).ok());
  EXPECT_EQ(der.parameters.plant, domain::SharedPlant(domain::SolarPlant{.tilt_deg = 30}));
  plant.mutable_parameters()->clear_plant();
  ASSERT_TRUE(ApplyUpdate(plant, der).ok());
  EXPECT_FALSE(der.parameters.plant);
  auto request = Masked({"parameters.island_category"});
  request.mutable_parameters()->set_island_category(v1::ISLAND_CATEGORY_BLACK_START_CAPABLE);
  ASSERT_TRUE(ApplyUpdate(request, der).ok());
  EXPECT_EQ(der.island_category(), domain::IslandCategory::kBlackStartCapable);
  ASSERT_TRUE(ApplyUpdate(Masked({"parameters.island_category"}), der).ok());
  EXPECT_FALSE(der.parameters.island_category) << "named and absent: taken back";
}

TEST(UpdateMask, ChangesWhatIsNamedAndNothingElse) {
  domain::Der der = Stored();
  ASSERT_TRUE(ApplyUpdate(Masked({"capacity_kw", "parameters.availability_series_id"}), der).ok());
  EXPECT_EQ(der.capacity_kw, 200);
  EXPECT_EQ(der.parameters.availability_series_id, "solar_a");
  EXPECT_EQ(der.latitude_deg, 38);
  EXPECT_EQ(der.region_id, "NORTH");
  EXPECT_EQ(der.parameters.energy_capacity_kwh, 400);
  ASSERT_TRUE(ApplyUpdate(Masked({"location", "region_id"}), der).ok());
  EXPECT_EQ(der.latitude_deg, 35);
  EXPECT_EQ(der.region_id, "SOUTH");
}

TEST(UpdateMask, AbsentParametersGoBackToTheirDefault) {
  domain::Der der = Stored();
  ASSERT_TRUE(ApplyUpdate(Masked({"parameters.wear_usd_per_kwh"}), der).ok());
  EXPECT_EQ(der.parameters.wear_usd_per_kwh, std::nullopt);
  EXPECT_EQ(der.parameters.energy_capacity_kwh, 400);
  ASSERT_TRUE(ApplyUpdate(Masked({"parameters"}), der).ok());
  EXPECT_EQ(der.parameters.energy_capacity_kwh, 800);
}

TEST(UpdateMask, IsAppliedWholeOrNotAtAll) {
  for (const char* bad : {"owner_id", "status", "parameters.", "parameters.nothing", "parameters.energy_capacity_kwh.x",
                          "", "location.latitude_deg", "*"}) {
    domain::Der der = Stored();
    const absl::Status refused = ApplyUpdate(Masked({"capacity_kw", bad}), der);
    EXPECT_EQ(base::ReasonOf(refused), "INVALID_UPDATE_MASK") << bad;
    EXPECT_EQ(der.capacity_kw, 100) << bad;
  }
  domain::Der der = Stored();
  EXPECT_EQ(base::ReasonOf(ApplyUpdate(Masked({}), der)), "INVALID_UPDATE_MASK");
  v1::UpdateDerRequest without;
  without.mutable_update_mask()->add_paths("location");
  EXPECT_EQ(base::ViolationsOf(ApplyUpdate(without, der))[0].field, "location");
}

}  // namespace
}  // namespace derms::wire
