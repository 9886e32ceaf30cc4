#include "services/dermsctl/input/fleet_csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/client/testing/tls_server.h"
#include "services/dermsctl/input/enum_words.h"

namespace derms::dermsctl {
namespace {

using ::testing::HasSubstr;

using ReadRow = absl::StatusOr<v1::RegisterDerRequest> (*)(const CsvRow&, const FleetDefaults&);

absl::StatusOr<v1::RegisterDerRequest> First(ReadRow read, const std::string& content,
                                             const FleetDefaults& defaults = {"", "NORTH"}) {
  const auto reader = *CsvReader::Open(client::testing::WriteTemporaryFile("fleet.csv", content));
  return read(**reader->Next(), defaults);
}

TEST(ReadFleetRow, TakesEveryColumnOfTheDemoFleet) {
  const auto der = First(ReadFleetRow,
                         "der_id,der_type,owner,region,lat,lon,p_max_kw,p_min_kw,q_max_kvar,ramp_kw_per_min,"
                         "marginal_cost_usd_per_kwh,co2_kg_per_kwh,e_max_kwh,eta_charge,eta_discharge,soc_initial,"
                         "soc_final,wear_usd_per_kwh,shape,source\n"
                         "BATTERY-01,BATTERY,owner-1,SOUTH,33.9,-118.0,300,0,132,60,0.01,0.2,1200,0.85,1,0.5,0.4,0.002,"
                         "solar_a,CATS\n");
  ASSERT_TRUE(der.ok()) << der.status();
  EXPECT_EQ(der->type(), v1::DER_TYPE_BATTERY);
  EXPECT_EQ(der->owner_id(), "owner-1");
  EXPECT_EQ(der->region_id(), "SOUTH");
  EXPECT_EQ(der->capacity_kw(), 300);
  const v1::DerParameters& p = der->parameters();
  EXPECT_EQ(p.ramp_up_kw_per_min(), 60);
  EXPECT_EQ(p.ramp_down_kw_per_min(), 60);
  EXPECT_EQ(p.carbon_kg_per_kwh(), 0.2);
  EXPECT_EQ(p.initial_energy_kwh(), 600) << "half of 1,200";
  EXPECT_EQ(p.final_energy_kwh(), 480);
  EXPECT_EQ(p.availability_series_id(), "solar_a");
  EXPECT_TRUE(p.has_min_output_kw()) << "0 is known";
}

TEST(ReadFleetRow, WhatIsAbsentStaysAbsentAndDefaultsFillIn) {
  const auto der = First(ReadFleetRow, "der_id,type,lat,lon,capacity_kw,e_max_kwh\nSOLAR-01,solar,37,-120,100,\n",
                         {"owner-9", "CENTRAL"});
  ASSERT_TRUE(der.ok()) << der.status();
  EXPECT_EQ(der->owner_id(), "owner-9");
  EXPECT_EQ(der->region_id(), "CENTRAL");
  EXPECT_FALSE(der->parameters().has_energy_capacity_kwh());
  EXPECT_FALSE(der->parameters().has_ramp_up_kw_per_min());
}

TEST(ReadFleetRow, TakesThePlantOfItsType) {
  const auto sun = First(ReadFleetRow,
                         "der_id,type,lat,lon,capacity_kw,tilt_deg,losses_share,mounting,hub_height_m\n"
                         "SOLAR-01,solar,37,-120,100,0,0.1,close-mount-glass-glass,\n");
  ASSERT_TRUE(sun.ok()) << sun.status();
  const v1::SolarPlant& solar = sun->parameters().plant().solar();
  EXPECT_TRUE(solar.has_tilt_deg()) << "flat is known";
  EXPECT_EQ(solar.losses_share(), 0.1);
  EXPECT_EQ(solar.mounting(), v1::PV_MOUNTING_CLOSE_MOUNT_GLASS_GLASS);
  const auto mill = First(ReadFleetRow,
                          "der_id,type,lat,lon,capacity_kw,hub_height_m,power_curve\n"
                          "WIND-01,wind,37,-120,100,110,3:0;12:1;25:1\n");
  ASSERT_TRUE(mill.ok()) << mill.status();
  EXPECT_EQ(mill->parameters().plant().wind().hub_height_m(), 110);
  ASSERT_EQ(mill->parameters().plant().wind().power_curve_size(), 3);
  EXPECT_EQ(mill->parameters().plant().wind().power_curve(1).wind_speed_m_per_s(), 12);
  EXPECT_FALSE(First(ReadFleetRow, "der_id,type,lat,lon,capacity_kw,tilt_deg\nS-01,solar,37,-120,100,\n")
                   ->parameters()
                   .has_plant());
}

TEST(ReadFleetRow, RefusesThePlantOfAnotherTypeAndCurvesThatAreNone) {
  const auto status = First(ReadFleetRow,
                            "der_id,type,lat,lon,capacity_kw,tilt_deg,power_curve,mounting\n"
                            "WIND-01,wind,37,-120,100,30,3-0;12:1,\n")
                          .status();
  std::vector<std::string> fields;
  for (const auto& violation : base::ViolationsOf(status)) fields.push_back(violation.field);
  EXPECT_THAT(fields, ::testing::UnorderedElementsAre("tilt_deg", "power_curve"));
  EXPECT_EQ(base::ReasonOf(
                First(ReadFleetRow, "der_id,type,lat,lon,capacity_kw,mounting\nS-01,solar,37,-120,100,upside-down\n")
                    .status()),
            "INVALID_DER");
}

TEST(ReadFleetRow, AnUnknownTypeHasItsOwnReason) {
  const auto status =
      First(ReadFleetRow, "der_id,der_type,lat,lon,p_max_kw\nX-01,UNVERIFIED_FUEL_CELL,1,2,3\n").status();
  EXPECT_EQ(base::ReasonOf(status), "UNKNOWN_DER_TYPE");
  EXPECT_THAT(std::string(status.message()), HasSubstr("'UNVERIFIED_FUEL_CELL' is none of solar, wind"));
}

TEST(ReadFleetRow, ReportsEveryMistakeOfARow) {
  const auto status =
      First(ReadFleetRow, "der_id,der_type,lat,lon,p_max_kw,soc_initial\n,WIND,north,2,,0.5\n", {}).status();
  EXPECT_EQ(base::ReasonOf(status), "INVALID_DER");
  std::vector<std::string> fields;
  for (const auto& violation : base::ViolationsOf(status)) fields.push_back(violation.field);
  EXPECT_THAT(fields, ::testing::ElementsAre("der_id", "region_id", "latitude_deg", "location", "capacity_kw",
                                             "energy_capacity_kwh"));
}

TEST(ReadCatsRow, ConvertsMegawattsAndMakesAnId) {
  const auto der = First(ReadCatsRow,
                         "plant_code,gen_id,der_type,p_max_mw,p_min_mw,lat,lon,c1_usd_per_mwh\n"
                         "54296,Batt 1,BATTERY,0.3,0,33.9,-118.0,14.9\n");
  ASSERT_TRUE(der.ok()) << der.status();
  EXPECT_EQ(der->der_id(), "CATS-54296-BATT_1");
  EXPECT_EQ(der->capacity_kw(), 300);
  EXPECT_EQ(der->parameters().energy_capacity_kwh(), 1200);
  EXPECT_NEAR(der->parameters().marginal_cost_usd_per_kwh(), 0.0149, 1e-12);
}

TEST(EnumWords, SpeakWithoutThePrefixInAnyCase) {
  EXPECT_EQ(Word(v1::DER_TYPE_FUEL_CELL), "FUEL_CELL");
  EXPECT_EQ(*ParseWord<v1::DerType>("fuel-cell"), v1::DER_TYPE_FUEL_CELL);
  EXPECT_EQ(*ParseWord<v1::DerType>("FUEL_CELL"), v1::DER_TYPE_FUEL_CELL);
  EXPECT_EQ(base::ReasonOf(ParseWord<v1::DerType>("unspecified").status()), "UNKNOWN_WORD");
  EXPECT_EQ(Word(static_cast<v1::DerType>(99)), "99") << "of a newer service";
}

}  // namespace
}  // namespace derms::dermsctl
