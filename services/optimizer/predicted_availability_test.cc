#include "services/optimizer/predicted_availability.h"

#include <gmock/gmock.h>

#include <limits>

#include "services/optimizer/run_report.h"

namespace derms::optimizer {
namespace {

using domain::DerStatus;
using domain::DerType;
using domain::SeriesKind;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const absl::Time kNoon = absl::FromUnixSeconds(1594843200);  // 2020-07-15T12:00-08:00

// CA with load, price and sun, NORTH and SOUTH within it; tests add DERs and weather.
class PredictedAvailabilityTest : public ::testing::Test {
 protected:
  PredictedAvailabilityTest() {
    domain::Region area, north, south;
    area.region_id = "CA";
    area.load_series_id = "load";
    area.import_price_series_id = "price";
    north.region_id = "NORTH";
    south.region_id = "SOUTH";
    north.parent_region_id = south.parent_region_id = "CA";
    regions_ = domain::RegionTree({area, north, south});
    input_.regions = regions_.WithParts("CA");
    input_.horizon = {kNoon, absl::Hours(1), 2, kNoon};
    input_.now = kNoon;
    Store("load", SeriesKind::kLoadKw, {100, 100});
    Store("price", SeriesKind::kPriceUsdPerKwh, {0.1, 0.1});
    Store("CA.ghi_w_per_m2", SeriesKind::kIrradianceWPerM2, {900, 800});
  }

  void Store(const std::string& id, SeriesKind kind, std::vector<double> values) {
    input_.series[id] = {id, kind, kNoon, absl::Hours(1), std::move(values)};
  }
  FleetMember& Add(std::string id, DerType type, std::string region = "NORTH", double latitude_deg = 38) {
    FleetMember member;
    member.der.der_id = std::move(id);
    member.der.type = type;
    member.der.capacity_kw = 80;
    member.der.region_id = std::move(region);
    member.der.latitude_deg = latitude_deg;
    member.der.longitude_deg = -121;
    member.status = DerStatus::kOnline;
    input_.fleet.push_back(std::move(member));
    return input_.fleet.back();
  }
  absl::StatusOr<BuiltProblem> Build() {
    PredictMissingAvailability(regions_, input_);
    return BuildProblem(input_);
  }

  domain::RegionTree regions_;
  ProblemInput input_;
};

TEST_F(PredictedAvailabilityTest, FillsInForASeriesThatIsNotNamedAndSaysSo) {
  Add("SUN-1", DerType::kSolar);
  const auto built = Build();
  ASSERT_TRUE(built.ok()) << built.status();
  const auto& solar = std::get<dispatch::Renewable>(built->problem.devices[0].kind);
  EXPECT_GT(built->problem.at(solar.availability_kw, 0), 40);
  EXPECT_LE(built->problem.at(solar.availability_kw, 0), 80);
  v1::OptimizationRun run;
  ReportProblem(*built, run);
  EXPECT_THAT(run.notes(), Contains(HasSubstr("1 DERs that name no series, of SUN-1 first, was predicted from "
                                              "CA.ghi_w_per_m2")));
}

TEST_F(PredictedAvailabilityTest, GoesByThePlantOfTheDer) {
  Add("SUN-1", DerType::kSolar);
  Add("SUN-2", DerType::kSolar).der.parameters.plant = domain::Plant(domain::SolarPlant{.losses_share = 0.9});
  Add("SUN-3", DerType::kSolar).der.parameters.plant = domain::Plant(domain::SolarPlant{.losses_share = 0.9});
  const auto built = Build();
  ASSERT_TRUE(built.ok()) << built.status();
  EXPECT_THAT(input_.predicted, SizeIs(2)) << "equal plants share a prediction";
  const auto available = [&](std::size_t device) {
    return built->problem.at(std::get<dispatch::Renewable>(built->problem.devices[device].kind).availability_kw, 0);
  };
  EXPECT_LT(available(1), 0.3 * available(0));
  EXPECT_EQ(available(1), available(2));
  v1::OptimizationRun run;
  ReportProblem(*built, run);
  EXPECT_THAT(run.notes(), Contains(HasSubstr("2 with the plant they were registered with")));
}

TEST_F(PredictedAvailabilityTest, WaterIsPredictedWhenItsPlantIsKnown) {
  Store("NORTH.flow_m3_per_s", SeriesKind::kFlowM3PerS, {2, 3});
  Add("RIVER-1", DerType::kHydro);
  EXPECT_THAT(WeatherSeriesOf(input_.fleet, regions_), IsEmpty()) << "up to capacity, as ever";
  input_.fleet[0].der.parameters.plant = domain::Plant(domain::HydroPlant{.design_flow_m3_per_s = 4});
  EXPECT_THAT(WeatherSeriesOf(input_.fleet, regions_), Contains("NORTH.flow_m3_per_s"));
  ASSERT_TRUE(Build().ok());
  ASSERT_THAT(input_.predicted, SizeIs(1));
  EXPECT_THAT(input_.predicted[0].share, ElementsAre(0.5, 0.75));
  input_.series.erase("NORTH.flow_m3_per_s");
  input_.predicted.clear();
  const auto without = Build();
  ASSERT_TRUE(without.ok()) << without.status();
  EXPECT_THAT(without->excluded, IsEmpty()) << "dispatchable up to capacity";
}

TEST_F(PredictedAvailabilityTest, ANamedSeriesWins) {
  Store("sun", SeriesKind::kAvailabilityShare, {0.25, 0.25});
  Add("SUN-1", DerType::kSolar).der.parameters.availability_series_id = "sun";
  EXPECT_THAT(WeatherSeriesOf(input_.fleet, regions_), IsEmpty());
  const auto built = Build();
  ASSERT_TRUE(built.ok());
  const auto& solar = std::get<dispatch::Renewable>(built->problem.devices[0].kind);
  EXPECT_DOUBLE_EQ(built->problem.at(solar.availability_kw, 0), 20);
  v1::OptimizationRun run;
  ReportProblem(*built, run);
  EXPECT_THAT(run.notes(), IsEmpty());
}

TEST_F(PredictedAvailabilityTest, NeighboursShareAProfile) {
  Add("SUN-1", DerType::kSolar, "NORTH", 38.01);
  Add("SUN-2", DerType::kSolar, "NORTH", 37.99);
  Add("SUN-3", DerType::kSolar, "NORTH", 39.5);
  const auto built = Build();
  ASSERT_TRUE(built.ok());
  EXPECT_THAT(built->problem.profiles, SizeIs(2));
  EXPECT_THAT(built->predicted_ids, ElementsAre("SUN-1", "SUN-2", "SUN-3"));
}

TEST_F(PredictedAvailabilityTest, WithoutWeatherTheDerIsLeftOutAsBefore) {
  Add("SUN-1", DerType::kSolar);
  Add("WIND-1", DerType::kWind);
  const auto built = Build();
  ASSERT_TRUE(built.ok());
  EXPECT_THAT(built->der_ids, ElementsAre("SUN-1"));
  ASSERT_THAT(built->excluded, SizeIs(1));
  EXPECT_EQ(built->excluded[0].reason, "SERIES_MISSING");
  EXPECT_THAT(built->excluded[0].detail, HasSubstr("weather of its region is not known"));
}

TEST_F(PredictedAvailabilityTest, HalfAHorizonOfWeatherIsNone) {
  Store("CA.ghi_w_per_m2", SeriesKind::kIrradianceWPerM2, {900, std::numeric_limits<double>::quiet_NaN()});
  Add("SUN-1", DerType::kSolar);
  EXPECT_FALSE(Build().ok()) << "nothing is left to schedule";
}

TEST_F(PredictedAvailabilityTest, AsksForTheWeatherOfThoseThatCanBeScheduledOnly) {
  Add("SUN-1", DerType::kSolar).status = DerStatus::kOffline;
  Add("BAT-1", DerType::kBattery);
  EXPECT_THAT(WeatherSeriesOf(input_.fleet, regions_), IsEmpty());
  Add("WIND-1", DerType::kWind, "SOUTH");
  EXPECT_THAT(WeatherSeriesOf(input_.fleet, regions_),
              ElementsAre("CA.pressure_pa", "CA.temperature_c", "CA.wind_speed_m_per_s", "SOUTH.pressure_pa",
                          "SOUTH.temperature_c", "SOUTH.wind_speed_m_per_s"));
}

}  // namespace
}  // namespace derms::optimizer
